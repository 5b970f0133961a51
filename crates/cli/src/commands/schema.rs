//! `aether schema`

use aether::ExitCode;

use crate::args::{SchemaArgs, SchemaName};
use crate::failure::Failure;
use crate::show::terminal::Terminal;

pub(crate) fn schema(args: &SchemaArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let schema = match args.name {
        SchemaName::Manifest => aether::manifest::schema(),
        SchemaName::Policy => aether::policy::policy::Policy::schema(),
        SchemaName::Pipeline => aether::pipelines::schema(),
        SchemaName::Protocol => aether::protocol_schema(),
        SchemaName::Report => aether::report::schema(),
    };
    terminal.result(format_args!("{schema:#}"))?;
    Ok(ExitCode::Done)
}
