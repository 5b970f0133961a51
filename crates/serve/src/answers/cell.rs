//! Cells: their figures, and one in detail.

use aether::CellView;
use aether::manifest::Resources;
use aether::report::CellRecord;
use serde_json::{Value, json};

use super::millis;
use crate::cells::{About, Cells};

/// The cells that run, as they were when they were looked at last.
pub(crate) fn cells(cells: &Cells) -> Value {
    let host = &cells.host;
    json!({
        "run": host.run_id(),
        "uptime_ms": millis(cells.started.elapsed()),
        "pressure": host.pressure().name(),
        "cells": host.overview().iter().map(view).collect::<Vec<_>>(),
    })
}

/// One that runs, with what it was granted and what holds it. How often it used each grant is known
/// when it has ended.
pub(crate) fn cell(view_of: &CellView, about: Option<&About>) -> Value {
    let mut cell = view(view_of);
    cell["state"] = json!("running");
    cell["engine"] = json!(about.map(|about| &about.engine));
    cell["methods"] = json!(about.map(|about| &about.methods));
    cell["grants"] = about.map(grants).into();
    cell["posture"] = about.map(posture).into();
    cell["limits"] = about.and_then(|about| about.limits.as_ref()).map(limits).into();
    cell
}

/// One that has ended, as the report has it.
pub(crate) fn ended(record: &CellRecord) -> Value {
    let grant = |grant: &aether::report::GrantUse| {
        json!({
            "permission": grant.permission, "resource": grant.pattern,
            "line": grant.manifest.as_ref().map(|place| place.line), "used": grant.used,
        })
    };
    json!({
        "cell": record.id,
        "plugin": record.plugin.name,
        "state": "ended",
        "grants": record.grants.iter().map(grant).collect::<Vec<_>>(),
        "posture": record.posture,
        "exit": record.exit,
        "record": record,
    })
}

fn view(view: &CellView) -> Value {
    let sample = &view.sample;
    json!({
        "cell": view.cell,
        "plugin": view.plugin,
        "priority": view.priority.as_str(),
        "rung": view.rung.name(),
        "pressed": view.pressed.name(),
        "risk": view.risk,
        "age_ms": millis(sample.at),
        "memory": sample.memory,
        "memory_limit": view.memory_limit,
        "cores": view.cores,
        "cpu_ms": millis(sample.cpu),
        "calls": sample.calls,
        "open_calls": view.open_calls,
        "last_active_ms": millis(view.last_active),
        "denials": sample.denials,
        "bytes_in": sample.bytes_in,
        "bytes_out": sample.bytes_out,
        "processes": sample.processes,
        "threads": sample.survey.threads,
        "descriptors": sample.survey.descriptors,
        "findings": view.findings,
        "last_finding": view.last_finding,
    })
}

fn grants(about: &About) -> Value {
    let one = |(permission, resource, line): &(String, String, u32)| json!({ "permission": permission, "resource": resource, "line": line, "used": null });
    about.grant.iter().map(one).collect()
}

fn posture(about: &About) -> Value {
    let one = |line: &aether::PostureLine| json!({ "name": line.protection.name(), "state": line.state, "detail": line.detail });
    about.posture.lines.iter().map(one).collect()
}

fn limits(limits: &Resources) -> Value {
    json!({
        "memory": limits.memory,
        "timeout_ms": millis(limits.timeout),
        "cpu_millis": limits.cpu_millis,
        "disk": limits.disk,
        "processes": limits.processes,
    })
}
