//! JSON Schemas of the files that people write, for their editors.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

/// The schema of a file.
pub(crate) fn of<T: JsonSchema>(title: &str, description: &str) -> Schema {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema.insert("description".into(), description.into());
    schema
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use crate::{action, catalog, connection, definition};

    /// Compares a committed schema with the types; with `UPDATE_SCHEMAS` set, writes it.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "the variable is for the test itself")]
    fn check(name: &str, schema: &impl serde::Serialize) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema").join(name);
        let expected = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
        if std::env::var("UPDATE_SCHEMAS").is_ok() {
            fs::write(&path, &expected).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == expected,
            "docs/schema/{name} is not what the types say; run the tests with UPDATE_SCHEMAS=1"
        );
    }

    #[test]
    fn the_committed_schema_of_syncs_is_that_of_the_types() {
        check("sync.schema.json", &definition::schema());
    }

    #[test]
    fn the_committed_schema_of_connections_is_that_of_the_types() {
        check("connections.schema.json", &connection::schema());
    }

    #[test]
    fn the_committed_schema_of_actions_is_that_of_the_table_of_inputs() {
        check("action.schema.json", &action::schema::schema());
    }

    #[test]
    fn the_committed_schema_of_the_catalog_s_coverage_is_that_of_the_types() {
        check("catalog.schema.json", &catalog::coverage::schema());
    }
}
