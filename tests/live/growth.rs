//! What probes do grows with the schema, not with its square: counted in rows that their plans touch, not in time.

use std::fs;

use pgpassage::demo::{Cluster, ClusterOptions};

use crate::support::{folder, repository};
use crate::{execute, found, newest, start};

/// Adds tables whose checks, indexes and views call functions that call each other.
fn grow(server: &Cluster, tables: std::ops::Range<u32>) {
    execute(
        server,
        "growth",
        &format!(
            "do $$ begin for n in {}..{} loop \
               execute format('create function f%1$s(x int) returns bool language plpgsql immutable as ''begin /* %1$s */ return public.f%2$s(x); end''', n, n - 1); \
               execute format('create table t%1$s (id int primary key, a int check (f0(a)), b int check (f%1$s(b)), c int references t%1$s)', n); \
               execute format('create view v%1$s as select * from t%1$s', n); \
             end loop; end $$",
            tables.start,
            tables.end - 1
        ),
    );
}

/// A function of the server that counts the rows which all nodes of a plan have touched.
const COUNTER: &str = "create function touched(query text) returns bigint language plpgsql as $f$ \
    declare plan json; total numeric; begin execute 'explain (analyze, timing off, format json) ' || query into plan; \
    select sum((n ->> 'Actual Loops')::numeric * (coalesce((n ->> 'Actual Rows')::numeric, 0) + coalesce((n ->> 'Rows Removed by Filter')::numeric, 0) \
      + coalesce((n ->> 'Rows Removed by Join Filter')::numeric, 0))) into total \
      from jsonb_path_query(plan::jsonb, '$.**') n where jsonb_typeof(n) = 'object' and n ? 'Actual Loops'; \
    return total; end $f$";

#[test]
fn the_work_of_probes_grows_with_the_schema() {
    let folder = folder("growth");
    let server = start(newest(&found()), folder.path(), "s", &ClusterOptions::default());
    execute(&server, "postgres", "create database growth");
    execute(
        &server,
        "growth",
        "create function f0(x int) returns bool language plpgsql immutable as 'begin return x > 0; end'",
    );
    execute(&server, "growth", COUNTER);
    execute(&server, "growth", "create table work (probe text, small bigint, large bigint)");
    let mut probes = Vec::new();
    for entry in fs::read_dir(repository("rules/probes")).expect("the probes are there") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|kind| kind == "sql") && !name.contains(".before-") {
            probes.push((name, fs::read_to_string(&path).expect("a query")));
        }
    }
    let measure = |column: &str| {
        for (name, sql) in &probes {
            let value = format!("(select touched($probe${sql}$probe$))");
            let statement = match column {
                "small" => format!("insert into work values ('{name}', {value}, null)"),
                _ => format!("update work set large = {value} where probe = '{name}'"),
            };
            execute(&server, "growth", &statement);
        }
    };
    grow(&server, 1..41);
    execute(&server, "growth", "analyze");
    measure("small");
    grow(&server, 41..161);
    execute(&server, "growth", "analyze");
    measure("large");
    // Four times as many objects are at most six times the work, beyond what the system's own objects take.
    execute(
        &server,
        "growth",
        "do $$ declare bad text; begin \
           select string_agg(format('%s: %s to %s', probe, small, large), ', ') into bad from work where large > 6 * small + 20000; \
           if bad is not null then raise exception 'more than linear: %', bad; end if; end $$",
    );
}
