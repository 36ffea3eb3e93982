//! JSON Schemas of files: of those that people write, for their editors, and of those that they read.

#[cfg(test)]
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

/// The schema of a file.
pub(crate) fn of<T: JsonSchema>(title: &str, description: &str) -> Schema {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema.insert("description".into(), description.into());
    schema
}

/// The schema of a file that Rowferry writes: what always stands in it is required.
#[cfg(test)]
pub(crate) fn of_output<T: JsonSchema>(title: &str) -> Schema {
    let without_defaults = RecursiveTransform(|schema: &mut Schema| drop(schema.remove("default")));
    let settings = SchemaSettings::draft07().for_serialize().with_transform(without_defaults);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::of_output;
    use crate::{
        action,
        catalog::{coverage, native},
        connection, definition,
    };

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
        check("catalog.schema.json", &coverage::schema());
    }

    #[test]
    fn the_committed_schemas_of_the_catalog_are_those_of_the_types() {
        check("catalog-table.schema.json", &of_output::<native::Table>("A table of Rowferry's catalog"));
        check("catalog-manifest.schema.json", &of_output::<native::Manifest>("The manifest of Rowferry's catalog"));
        check("catalog-changes.schema.json", &of_output::<Vec<native::Change>>("What changed between two catalogs"));
    }
}
