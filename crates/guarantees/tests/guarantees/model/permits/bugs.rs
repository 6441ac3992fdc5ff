//! Mistakes that the protocol of permits could make.

/// Something that the protocol forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    RaisedBeforeFreed,
    WeightIgnored,
    StaleShareAssumed,
    TwoSharersAtOnce,
    OlderConfigRaises,
    LetGoAlone,
    LimitedAlone,
}

impl Bug {
    /// Every bug, in words.
    pub const ALL: [(Self, &str); 7] = [
        (Self::RaisedBeforeFreed, "a share rises before what it is taken from has ended"),
        (Self::WeightIgnored, "every attempt counts for one permit"),
        (Self::StaleShareAssumed, "a claim does not require the share that it assumed"),
        (Self::TwoSharersAtOnce, "the ledger is replaced whatever it is by now"),
        (Self::OlderConfigRaises, "an older config raises what a newer one has lowered"),
        (Self::LetGoAlone, "who is limited no more is let go whatever the ledger says"),
        (Self::LimitedAlone, "who begins to be limited is so whatever the ledger says"),
    ];
}
