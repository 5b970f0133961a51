//! `wasi:cli`: arguments, variables, standard streams and the end of a program.

use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::io::{Input, Output};
use super::sockets::Never;
use crate::bindings::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use crate::gate::{Gate, Refused};
use crate::state::State;

/// Most variables that a program is shown.
const VARIABLES: usize = 1024;

/// A program ended itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the program ended with code {0}")]
pub(crate) struct Exit(pub(crate) u8);

impl<G: Gate> environment::Host for State<G> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        match self.variables() {
            Ok(variables) => Ok(variables),
            Err(Refused::Over(over)) => Err(over.into()),
            // A program that was granted none has none.
            Err(Refused::Error(_)) => Ok(Vec::new()),
        }
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        let name = match self.around.name.as_str() {
            "" => "plugin",
            name => name,
        };
        let mut arguments = vec![name.to_owned()];
        arguments.extend(self.around.arguments.iter().cloned());
        arguments.extend(self.stdio.arguments.iter().cloned());
        Ok(arguments)
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(Some(self.around.cwd.clone()).filter(|cwd| !cwd.is_empty()))
    }
}

impl<G: Gate> State<G> {
    fn variables(&mut self) -> Result<Vec<(String, String)>, Refused> {
        let names: v1::Names = self.ask(method::ENV_LIST, &v1::Empty {})?;
        let mut variables = Vec::new();
        for name in names.names.into_iter().take(VARIABLES) {
            let params = v1::EnvGet { name: name.clone() };
            let answer: v1::EnvValue = self.ask(method::ENV_GET, &params)?;
            variables.extend(answer.value.map(|value| (name, value)));
        }
        Ok(variables)
    }
}

impl<G: Gate> exit::Host for State<G> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        Err(Exit(u8::from(status.is_err())).into())
    }

    fn exit_with_code(&mut self, status_code: u8) -> wasmtime::Result<()> {
        Err(Exit(status_code).into())
    }
}

impl<G: Gate> stdin::Host for State<G> {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<Input>> {
        Ok(self.table.push(Input::Stdin)?)
    }
}

impl<G: Gate> stdout::Host for State<G> {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<Output>> {
        Ok(self.table.push(Output::Stdout)?)
    }
}

impl<G: Gate> stderr::Host for State<G> {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<Output>> {
        Ok(self.table.push(Output::Stderr)?)
    }
}

impl<G: Gate> terminal_input::Host for State<G> {}
impl<G: Gate> terminal_output::Host for State<G> {}

impl<G: Gate> terminal_input::HostTerminalInput for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> terminal_output::HostTerminalOutput for State<G> {
    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> terminal_stdin::Host for State<G> {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        Ok(None)
    }
}

impl<G: Gate> terminal_stdout::Host for State<G> {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        Ok(None)
    }
}

impl<G: Gate> terminal_stderr::Host for State<G> {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<Never>>> {
        Ok(None)
    }
}
