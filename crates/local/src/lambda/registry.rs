//! The deployed functions: put, replaced, removed, found by any of their names.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::deployed::Deployed;
use super::environment::Blueprint;
use super::environment::group::Groups;
use super::environment::logs::LogSink;
use super::error::{DeployError, InvokeError};
use super::function::{Code, Function};
use super::name::FunctionName;
use super::stats::FunctionStats;
use crate::account::Account;

type Functions = BTreeMap<String, Arc<Deployed>>;

/// Lambda's, of functions on managed instances; the others have 900 s.
const LONGEST: Duration = Duration::from_secs(5400);

pub(crate) struct Registry {
    pub(crate) account: Account,
    /// The variables of every process.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) sink: LogSink,
    pub(crate) groups: Arc<Groups>,
    functions: RwLock<Functions>,
}

impl Registry {
    pub(crate) fn new(account: Account, variables: Vec<(String, String)>, sink: LogSink) -> Self {
        Self { account, variables, sink, groups: Arc::default(), functions: RwLock::default() }
    }

    /// A function that replaces another keeps its statistics.
    pub(crate) fn deploy(&self, function: Function) -> Result<(), DeployError> {
        check(&function)?;
        let name = function.name.clone();
        let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
        let counters =
            functions.get(&name).map(|old| Arc::clone(&old.plan.counters)).unwrap_or_default();
        let plan = Blueprint {
            arn: self.account.function_arn(&name),
            function,
            variables: self.variables.clone(),
            sink: Arc::clone(&self.sink),
            groups: Arc::clone(&self.groups),
            counters,
        };
        functions.insert(name, Arc::new(Deployed::new(plan)));
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str) -> bool {
        self.functions.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    pub(crate) fn clear(&self) {
        self.functions.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn functions(&self) -> RwLockReadGuard<'_, Functions> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stats(&self) -> Vec<FunctionStats> {
        self.functions()
            .iter()
            .map(|(name, deployed)| deployed.plan.counters.snapshot(name))
            .collect()
    }

    /// The function a request names, and the ARN it named it by.
    pub(crate) fn find(
        &self,
        target: &str,
        qualifier: Option<&str>,
    ) -> Result<(Arc<Deployed>, String), InvokeError> {
        let named = FunctionName::parse(target)
            .ok_or_else(|| InvokeError::BadName { name: target.to_owned() })?;
        let mut arn = self.account.function_arn(&named.name);
        if let Some(qualifier) = named.qualifier.as_deref().or(qualifier) {
            arn = format!("{arn}:{qualifier}");
        }
        match self.functions().get(&named.name) {
            Some(deployed) => Ok((Arc::clone(deployed), arn)),
            None => Err(InvokeError::NotFound { arn }),
        }
    }
}

fn check(function: &Function) -> Result<(), DeployError> {
    let name = function.name.clone();
    let named = FunctionName::parse(&name).filter(|named| named.name == name);
    if named.is_none() {
        return Err(DeployError::Name { name });
    }
    if function.events.maximum_retry_attempts > 2 {
        return Err(DeployError::Retries {
            function: name,
            given: function.events.maximum_retry_attempts,
        });
    }
    if function.timeout.is_zero() || function.timeout > LONGEST {
        return Err(DeployError::Timeout { function: name });
    }
    match &function.code {
        Code::Process(command) if command.program.trim().is_empty() => {
            Err(DeployError::Command { function: name })
        }
        _ => Ok(()),
    }
}
