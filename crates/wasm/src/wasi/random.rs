//! `wasi:random`, from the gate.

use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::gate::Gate;
use crate::limits;
use crate::state::State;

impl<G: Gate> random::Host for State<G> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random_number())
    }
}

impl<G: Gate> insecure::Host for State<G> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random_number())
    }
}

impl<G: Gate> insecure_seed::Host for State<G> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random_number(), self.random_number()))
    }
}

impl<G: Gate> State<G> {
    fn random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        if len > limits::RANDOM_BYTES {
            wasmtime::bail!("at most {} random bytes are given at a time", limits::RANDOM_BYTES);
        }
        let mut bytes = vec![0; usize::try_from(len)?];
        self.gate.random(&mut bytes);
        Ok(bytes)
    }

    fn random_number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.gate.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
