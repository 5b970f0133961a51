//! The JSON Schema of a record, for programs that read `report.json`.

use schemars::generate::SchemaSettings;

use crate::RunRecord;
use crate::json::render;

/// The schema of what [`json`](crate::json()) writes, in draft 2020-12. It has no `$id`: where it
/// is kept is up to whoever keeps it.
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<RunRecord>();
    schema.remove("$id");
    schema.insert("title".to_owned(), "The record of a run of Aether".into());
    render(schema.into())
}
