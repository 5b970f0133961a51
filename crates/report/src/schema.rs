//! The JSON Schema of a record, for programs that read `report.json`.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::RunRecord;

/// The schema of what [`json`](crate::json()) writes, in draft 2020-12. It has no `$id`: where it
/// is kept is up to whoever keeps it. Fields that it does not know are left open, since a newer
/// Aether may write some.
#[must_use]
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<RunRecord>();
    schema.remove("$id");
    schema.insert("title".to_owned(), "The record of a run of Aether".into());
    let mut schema = schema.to_value();
    tidy(&mut schema);
    schema
}

/// Takes out what stands for Rust: the widths of numbers, and of comments their line breaks.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("format").is_some_and(Value::is_string) {
                object.remove("format");
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
