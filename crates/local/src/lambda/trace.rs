//! The trace header, and the recursion detection that travels in it.
//!
//! `X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a87bd80c:1|68fd508a:5`
//!
//! `Lineage` names, for each function of a chain of requests, a hash of eight hexadecimal digits and how
//! often the chain has come back to it (0 at the first time). A function's SDK copies the header into what
//! it sends, unless the request has one already; destinations carry it on. A request without the header, or
//! with one that has no lineage, starts a chain of its own.
//!
//! What AWS does not document is assumed: the hash (here the start of a UUIDv5 of the ARN), that retries of one
//! event are one round, and that of more than sixteen functions the last sixteen are remembered. Since 2024 AWS
//! writes a shorter form, `Lineage=1:a87bd80c:0`, whose way of counting is not public; here the older, documented
//! one is written and both are understood.

use std::fmt;

use uuid::Uuid;

/// The round at which a chain is stopped: sixteen invocations of one function run, the next is refused.
const ROUNDS: u32 = 16;
/// Most functions remembered of one chain.
const REMEMBERED: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceHeader {
    root: String,
    parent: String,
    sampled: bool,
    lineage: Vec<(String, u32)>,
}

/// A chain came back to the same function too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loop;

impl TraceHeader {
    /// A chain of its own, with nothing behind it.
    pub(crate) fn fresh() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let now = jiff::Timestamp::now().as_second();
        Self {
            root: format!("1-{now:08x}-{}", id.get(..24).unwrap_or(&id)),
            parent: new_parent(),
            sampled: false,
            lineage: Vec::new(),
        }
    }

    /// Total: what is missing or malformed in the header is made anew.
    pub(crate) fn parse(header: Option<&str>) -> Self {
        let mut trace = Self::fresh();
        for (key, value) in
            header.unwrap_or_default().split(';').filter_map(|part| part.trim().split_once('='))
        {
            match key.to_ascii_lowercase().as_str() {
                "root" if !value.is_empty() => trace.root = value.to_owned(),
                "sampled" => trace.sampled = value == "1",
                "lineage" => trace.lineage = parse_lineage(value),
                _ => {}
            }
        }
        trace
    }

    /// The trace as the function receives it, its round included; refused when that is one too many.
    pub(crate) fn enter(&self, function: &str) -> Result<Self, Loop> {
        let entered = self.enter_anyway(function);
        match entered.lineage.iter().find(|(hash, _)| hash == function) {
            Some((_, round)) if *round >= ROUNDS => Err(Loop),
            _ => Ok(entered),
        }
    }

    /// As [`TraceHeader::enter`], for a function that allows loops.
    pub(crate) fn enter_anyway(&self, function: &str) -> Self {
        let mut entered = Self { parent: new_parent(), ..self.clone() };
        match entered.lineage.iter_mut().find(|(hash, _)| hash == function) {
            Some((_, round)) => *round = round.saturating_add(1).min(i16::MAX as u32),
            None => entered.lineage.push((function.to_owned(), 0)),
        }
        let forgotten = entered.lineage.len().saturating_sub(REMEMBERED);
        entered.lineage.drain(..forgotten);
        entered
    }
}

/// Eight hexadecimal digits that stand for a function in a lineage.
pub(crate) fn function_hash(arn: &str) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, arn.as_bytes()).simple().to_string();
    id.get(..8).unwrap_or(&id).to_owned()
}

fn new_parent() -> String {
    format!("{:016x}", rand::random::<u64>())
}

fn parse_lineage(text: &str) -> Vec<(String, u32)> {
    let entry = |part: &str| {
        let (hash, count) = part.rsplit_once(':')?;
        // The shorter form has a counter of requests in front of the hash.
        let hash = hash.rsplit(':').next().unwrap_or(hash);
        let is_hash = hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then_some((hash.to_owned(), count.parse().ok()?))
    };
    text.split('|').filter_map(entry).collect()
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={};Parent={};Sampled={}", self.root, self.parent, u8::from(self.sampled))?;
        for (place, (hash, count)) in self.lineage.iter().enumerate() {
            let lead = if place == 0 { ";Lineage=" } else { "|" };
            write!(f, "{lead}{hash}:{count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn rounds(mut trace: TraceHeader, function: &str) -> usize {
        for round in 0..40 {
            match trace.enter(function) {
                Ok(entered) => trace = TraceHeader::parse(Some(&entered.to_string())),
                Err(Loop) => return round,
            }
        }
        40
    }

    #[test]
    fn sixteen_rounds_run_and_the_seventeenth_is_a_loop() {
        assert_eq!(rounds(TraceHeader::parse(None), "0a0a0a0a"), 16);
    }

    #[test]
    fn the_functions_of_a_chain_are_counted_apart() {
        let mut trace = TraceHeader::parse(None);
        for _ in 0..10 {
            trace = trace.enter("0a0a0a0a").unwrap().enter("0b0b0b0b").unwrap();
        }
        assert!(trace.to_string().ends_with("Lineage=0a0a0a0a:9|0b0b0b0b:9"), "{trace}");
    }

    #[test]
    fn both_known_forms_of_a_lineage_are_understood() {
        let older = TraceHeader::parse(Some(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=a87bd80c:1|68fd508a:5",
        ));
        assert_eq!(older.lineage, [("a87bd80c".to_owned(), 1), ("68fd508a".to_owned(), 5)]);
        assert_eq!(older.root, "1-5759e988-bd862e3fe1be46a994272793");
        assert!(older.sampled);
        let newer = TraceHeader::parse(Some(
            "Root=1-670d0060-1b85fdcd75ed1c2557382245;Lineage=1:aba0be3a:7",
        ));
        assert_eq!(newer.lineage, [("aba0be3a".to_owned(), 7)]);
    }

    #[test]
    fn a_malformed_header_is_a_fresh_chain() {
        for header in ["", ";;;", "Lineage=", "Lineage=zz:1|:|a:b:c", "Root=;Lineage=a87bd80c:x"] {
            let trace = TraceHeader::parse(Some(header));
            assert!(trace.lineage.is_empty(), "{header}");
            assert!(trace.root.starts_with("1-"), "{header}");
        }
    }

    #[test]
    fn a_long_chain_is_cut_at_its_start() {
        let trace = (0..20)
            .fold(TraceHeader::fresh(), |trace, n| trace.enter(&format!("{n:08x}")).unwrap());
        assert_eq!(trace.lineage.len(), 16);
        assert_eq!(trace.lineage[0].0, "00000004");
    }
}
