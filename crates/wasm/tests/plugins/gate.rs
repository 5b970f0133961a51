//! A gate that answers as a test has it, or asks a real door.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aether_protocol::{Code, RpcError};
use aether_wasm::{Ask, Gate, Look, Over, Refused, Told};
use serde_json::Value;

#[cfg(target_os = "linux")]
use crate::house::House;

type Answer = Box<dyn FnMut(&Value, &[Vec<u8>]) -> Result<Told, RpcError> + Send>;

/// What a test sees of a gate.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Methods and parameters, requests and notifications alike.
    pub(crate) said: Arc<Mutex<Vec<(String, Value)>>>,
    /// Set to cancel the call that runs.
    pub(crate) cancelled: Arc<AtomicBool>,
}

impl Seen {
    pub(crate) fn of(&self, method: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap();
        said.iter().filter(|(name, _)| name == method).map(|(_, params)| params.clone()).collect()
    }

    /// The lines of the log.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.of("log.write").into_iter();
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// A gate for tests.
#[derive(Default)]
pub(crate) struct TestGate {
    pub(crate) seen: Seen,
    answers: BTreeMap<&'static str, Answer>,
    #[cfg(target_os = "linux")]
    pub(crate) house: Option<House>,
    begun: Option<Instant>,
    /// What the clock says, where it does not go.
    pub(crate) time: Option<u64>,
}

impl TestGate {
    /// The same, which answers requests of this method so.
    pub(crate) fn on(
        mut self,
        method: &'static str,
        mut answer: impl FnMut(&Value) -> Result<Value, RpcError> + Send + 'static,
    ) -> Self {
        let answer = move |params: &Value, _: &[Vec<u8>]| {
            let result = answer(params)?.to_string();
            Ok(Told { result, attachments: Vec::new() })
        };
        self.answers.insert(method, Box::new(answer));
        self
    }

    /// The same with whatever comes along.
    pub(crate) fn on_with(
        mut self,
        method: &'static str,
        answer: impl FnMut(&Value, &[Vec<u8>]) -> Result<Told, RpcError> + Send + 'static,
    ) -> Self {
        self.answers.insert(method, Box::new(answer));
        self
    }

    /// One that asks this door for the rest.
    #[cfg(target_os = "linux")]
    pub(crate) fn over(house: House) -> Self {
        Self { house: Some(house), ..Self::default() }
    }
}

impl Gate for TestGate {
    fn ask(&mut self, ask: Ask) -> Result<Told, Refused> {
        let params: Value = serde_json::from_str(&ask.params).expect("JSON");
        self.seen.said.lock().unwrap().push((ask.method.to_owned(), params.clone()));
        if let Some(answer) = self.answers.get_mut(ask.method) {
            return Ok(answer(&params, &ask.attach)?);
        }
        #[cfg(target_os = "linux")]
        if let Some(house) = &mut self.house {
            return Ok(house.ask(ask)?);
        }
        Err(RpcError::new(Code::MethodNotFound, "nobody answers").into())
    }

    fn notify(&mut self, method: &'static str, params: String) -> Result<(), Over> {
        let params = serde_json::from_str(&params).expect("JSON");
        self.seen.said.lock().unwrap().push((method.to_owned(), params));
        Ok(())
    }

    fn look(&mut self) -> Look {
        match self.seen.cancelled.load(Ordering::SeqCst) {
            true => Look::Over(Over::Cancelled),
            false => Look::GoOn,
        }
    }

    fn random(&mut self, into: &mut [u8]) {
        into.fill(7);
    }

    fn wall_ms(&mut self) -> u64 {
        self.time.unwrap_or(1_700_000_000_123)
    }

    fn monotonic(&mut self) -> u64 {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        u64::try_from(begun.elapsed().as_micros() / 100).unwrap()
    }
}
