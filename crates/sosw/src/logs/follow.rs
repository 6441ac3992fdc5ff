//! `sosw logs --follow`: waits for more until the task is closed.

use std::{cell::Cell, time::Duration};

use operator::tasks::{TaskName, show};

use super::{Printer, reader};
use crate::{
    connect::{Connected, Where},
    error::Error,
};

/// Interval between two reads.
const PAUSE: Duration = Duration::from_millis(500);

/// Of a directory. A `sosw local` that ends with the task is no error: what it kept stays where it is.
pub async fn follow(place: &Where, name: &TaskName, json: bool) -> Result<(), Error> {
    let (mut printer, was_read) = (Printer::new(json), Cell::new(false));
    loop {
        let watched =
            place.with(async |sosw| watch(sosw, place, name, &mut printer, &was_read).await);
        match watched.await {
            Err(error) if error.is_unanswered() && was_read.take() => {}
            outcome => return outcome,
        }
    }
}

/// The same with tables that are connected.
pub async fn watch(
    sosw: &Connected<'_>,
    place: &Where,
    name: &TaskName,
    printer: &mut Printer,
    was_read: &Cell<bool>,
) -> Result<(), Error> {
    let mut is_closed = false;
    loop {
        let task = show(&sosw.manager, name).await?;
        was_read.set(true);
        if let Some(reader) = reader(place, sosw).await? {
            printer.print_new(&reader, &task)?;
        }
        match task.closed_at {
            Some(_) if is_closed => return printer.finish(&task),
            // Its last lines may be written a moment after its report.
            at => is_closed = at.is_some(),
        }
        // Nothing would ever change in tables that only this command has open.
        if let Some(data) = place.data().filter(|_| !sosw.has_lambda() && !is_closed) {
            return Err(Error::TaskWaits { task: name.to_string(), data: data.to_owned() });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
