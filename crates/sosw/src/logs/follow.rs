//! `sosw logs --follow`: waits for more until the task is closed.

use std::time::Duration;

use operator::tasks::{TaskName, show};

use super::{Printer, reader};
use crate::{
    connect::{Answered, Connected, Where},
    error::Error,
};

/// Interval between two reads.
const PAUSE: Duration = Duration::from_millis(500);

/// Of a directory. A `sosw local` that ends with the task is no error: what it kept stays where it is.
pub async fn follow(place: &Where, name: &TaskName, json: bool) -> Result<(), Error> {
    let mut printer = Printer::new(json);
    place
        .follow(async |sosw, answered| watch(sosw, place, name, &mut printer, answered).await)
        .await
}

/// The same with tables that are connected.
pub async fn watch(
    sosw: &Connected<'_>,
    place: &Where,
    name: &TaskName,
    printer: &mut Printer,
    answered: &Answered,
) -> Result<(), Error> {
    let mut is_closed = false;
    loop {
        let task = show(&sosw.manager, name).await?;
        answered.note();
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
