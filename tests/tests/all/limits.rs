//! How many rejects a run bears, and how fast it may write.

use rowferry_tests::{told, world::World};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];
const FIELDS: &str = "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]";

/// Loads so many rows, every `bad`-th of which is bad; tells the report and the error.
async fn outcome(limit: &str, rows: usize, bad: usize) -> (String, String) {
    let world = World::loading(&KEY, &format!("limits: {{ max_rejects: {limit} }}\n{FIELDS}"));
    let cell = |row: usize| if row % bad == bad - 1 { "bad" } else { "1" };
    let csv: String = (0..rows).map(|row| format!("{row},{}\n", cell(row))).collect();
    let event = world.drop("extracts/s/a.csv", format!("id,n\n{csv}"));
    let error = world.invoke(&event).await.err().map(|error| error.text()).unwrap_or_default();
    (told::summary(&world.reports()[0]), error)
}

#[tokio::test]
async fn a_count_of_rejects_is_borne_and_one_more_ends_the_run() {
    let (summary, error) = outcome("2", 10, 5).await;
    assert_eq!(
        (summary.as_str(), error.as_str()),
        ("succeeded: 10 read, 8 written, 2 rejected (number_invalid 2)", "")
    );
    let (summary, error) = outcome("1", 10, 5).await;
    assert!(summary.starts_with("failed: "), "{summary}");
    let expected = "rows were rejected, `max_rejects` allows 1; rejects.csv says why, mend the extract or raise `limits.max_rejects`";
    assert!(error.ends_with(expected), "{error}");
    let (summary, _) = outcome("0", 10, 10).await;
    assert!(summary.starts_with("failed: "), "{summary}");
    let (summary, _) = outcome("0", 10, 11).await;
    assert_eq!(summary, "succeeded: 10 read, 10 written");
}

#[tokio::test]
async fn a_share_of_rejects_is_judged_at_the_end_of_a_short_extract() {
    let (summary, _) = outcome("\"20%\"", 10, 5).await;
    assert_eq!(summary, "succeeded: 10 read, 8 written, 2 rejected (number_invalid 2)");
    let (summary, error) = outcome("\"19%\"", 10, 5).await;
    assert_eq!(summary, "failed: 10 read, 8 written, 2 rejected (number_invalid 2)");
    assert!(error.starts_with("2 of 10 rows were rejected, `max_rejects` allows 19%"), "{error}");
}

#[tokio::test]
async fn a_share_of_rejects_ends_a_long_extract_early() {
    let (summary, error) = outcome("\"1%\"", 50_000, 2).await;
    assert!(summary.starts_with("failed: "), "{summary}");
    let read: u64 = summary.split(' ').nth(1).unwrap().parse().unwrap();
    assert!((1_000..50_000).contains(&read), "{summary}");
    assert!(error.contains("`max_rejects` allows 1%"), "{error}");
}

#[tokio::test]
async fn any_number_is_borne_by_default() {
    let world = World::loading(&KEY, FIELDS);
    let report = world.load("extracts/s/a.csv", "id,n\n1,x\n2,y\n").await;
    assert_eq!(told::summary(&report), "succeeded: 2 read, 2 rejected (number_invalid 2)");
}

#[tokio::test(start_paused = true)]
async fn a_write_limit_is_kept() {
    for (limit, most_seconds) in [("100", 12.0), ("\"2.5%\"", 12.0)] {
        let world = World::loading(
            &KEY,
            &format!("write: replace\nlimits: {{ write_units_per_second: {limit} }}\nfields: all"),
        );
        let csv: String = (0..1_000).map(|row| format!("{row}\n")).collect();
        let begun = tokio::time::Instant::now();
        let report = world.load("extracts/s/a.csv", format!("id\n{csv}")).await;
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(told::summary(&report), "succeeded: 1000 read, 1000 written");
        assert!((8.0..most_seconds).contains(&seconds), "{limit}: 1000 units took {seconds} s");
    }
}

#[tokio::test]
async fn an_extract_that_is_too_slow_for_its_invocation_fails_and_says_so() {
    let world = World::loading(&KEY, "write: replace\nlimits: { write_units_per_second: 10 }\nfields: all");
    let csv: String = (0..1_000).map(|row| format!("{row}\n")).collect();
    let event = world.drop("extracts/s/a.csv", format!("id\n{csv}"));
    let deadline = rowferry::time::Deadline::after(std::time::Duration::from_millis(1_500));
    let error = rowferry::job::Job::handle(&world.load, &event, deadline).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    let report = &world.reports()[0];
    rowferry_tests::world::balanced(report);
    assert_eq!(report["status"], "failed");
    assert_eq!(report["rows"]["written"], world.items("items").len(), "what was written is told");
    world.redefine("write: replace\nfields: all");
    let mut again = world.invoke(&event).await.unwrap();
    assert_eq!(told::summary(&again["runs"][0].take()), "succeeded: 1000 read, 1000 written", "the next try does it");
}
