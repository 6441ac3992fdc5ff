//! What is assumed of AWS. Sources: D its documentation, O observed by others, G a guess on the safe side.

use std::time::Duration;

use serde::Serialize;

/// A time that varies: lognormal, by its median and the value that one in a hundred exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Seconds.
    pub median: f64,
    /// Seconds.
    pub p99: f64,
}

impl Latency {
    const fn ms(median: f64, p99: f64) -> Self {
        Self { median: median / 1000.0, p99: p99 / 1000.0 }
    }

    fn times(self, factor: f64) -> Self {
        Self { median: self.median * factor, p99: self.p99 * factor }
    }
}

/// Which writes are throttled while a partition of an index is full. The documents do not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BackPressure {
    /// Those of the table that touch that key of the index.
    Key,
    /// All of the table.
    Table,
}

/// Everything that is assumed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameters {
    /// GetItem, BatchGetItem, a page of a Query. O
    pub read: Latency,
    /// PutItem, UpdateItem, DeleteItem. O
    pub write: Latency,
    /// TransactWriteItems and TransactGetItems, without their items. O
    pub transaction: Latency,
    /// Seconds more for each item of a transaction. O
    pub transaction_item: f64,
    /// Invoke of an event. O
    pub invoke: Latency,
    /// Until an index shows a write. O, G
    pub index_lag: Latency,
    /// Write units in a second that one partition key of a table or an index takes, without a burst. D
    pub partition_writes: f64,
    /// What a full partition of an index does to its table. G
    pub back_pressure: BackPressure,
    /// Read units in a second, likewise. D
    pub partition_reads: f64,
    /// Write units in a second that a new table on demand takes. D
    pub table_writes: f64,
    /// Invocations of an account that run at once. D
    pub concurrency: u32,
    /// The cold start of one of our functions. O
    pub cold_start: Duration,
    /// The cold start of a labourer. O
    pub labourer_cold_start: Duration,
    /// How long an instance that has nothing to do lives. O
    pub instance_life: Duration,
    /// Of the service time of a request, the part before and after it is in the service. G
    pub on_the_way: f64,
    /// The most that a rule of one minute is late. O
    pub rule_late: Duration,
    /// One event in so many is delivered twice. G
    pub twice: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            read: Latency::ms(3.0, 15.0),
            write: Latency::ms(5.0, 20.0),
            transaction: Latency::ms(12.0, 40.0),
            transaction_item: 0.000_5,
            invoke: Latency::ms(15.0, 60.0),
            index_lag: Latency::ms(30.0, 300.0),
            partition_writes: 1000.0,
            back_pressure: BackPressure::Key,
            partition_reads: 3000.0,
            table_writes: 4000.0,
            concurrency: 1000,
            cold_start: Duration::from_millis(30),
            labourer_cold_start: Duration::from_millis(300),
            instance_life: Duration::from_secs(600),
            on_the_way: 0.25,
            rule_late: Duration::from_secs(10),
            twice: 100_000.0,
        }
    }
}

impl Parameters {
    /// The index lags as it does under pressure.
    pub fn lagging(self) -> Self {
        Self { index_lag: Latency::ms(100.0, 1000.0), ..self }
    }

    /// The index shows every write at once, as engines do.
    pub fn without_lag(self) -> Self {
        Self { index_lag: Latency::ms(0.0, 0.0), ..self }
    }

    /// A full partition of an index throttles its whole table.
    pub fn table_wide(self) -> Self {
        Self { back_pressure: BackPressure::Table, ..self }
    }

    /// Everything that takes time takes `factor` times as long.
    pub fn slower(self, factor: f64) -> Self {
        Self {
            read: self.read.times(factor),
            write: self.write.times(factor),
            transaction: self.transaction.times(factor),
            transaction_item: self.transaction_item * factor,
            invoke: self.invoke.times(factor),
            index_lag: self.index_lag.times(factor),
            ..self
        }
    }
}
