//! Everything that is tested from outside, as one program: it is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::format_collect,
    clippy::format_push_string,
    unreachable_pub,
    reason = "a test may panic, is to be read rather than fast, and offers nothing to others"
)]

mod support;

#[cfg(all(feature = "cli", unix))]
mod action;
#[cfg(feature = "cli")]
mod addresses;
mod answer;
mod anthropic;
#[cfg(feature = "cli")]
mod bad_input;
#[cfg(feature = "cli")]
mod batches;
#[cfg(feature = "cli")]
mod bench;
#[cfg(feature = "cli")]
mod bench_answers;
#[cfg(feature = "cli")]
mod bench_import;
#[cfg(feature = "cli")]
mod bench_interrupted;
#[cfg(feature = "cli")]
mod budget;
mod bundled_data;
#[cfg(feature = "cli")]
mod cache;
#[cfg(feature = "cli")]
mod calibrate;
#[cfg(feature = "cli")]
mod cascades;
mod checks;
#[cfg(all(feature = "cli", unix))]
mod code_generation;
#[cfg(feature = "cli")]
mod columns;
#[cfg(feature = "cli")]
mod command_reference;
#[cfg(feature = "cli")]
mod commands;
#[cfg(feature = "cli")]
mod compare;
#[cfg(all(feature = "cli", unix))]
mod compatibility;
#[cfg(feature = "cli")]
mod confirm;
#[cfg(feature = "cli")]
mod costs;
mod decisions;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod doc_blocks;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod doc_commands;
mod doc_links;
#[cfg(feature = "cli")]
mod doc_statistics;
#[cfg(feature = "cli")]
mod embedded;
#[cfg(feature = "cli")]
mod faults;
#[cfg(feature = "cli")]
mod first_minutes;
#[cfg(feature = "cli")]
mod giving_way;
#[cfg(feature = "cli")]
mod golden;
#[cfg(feature = "cli")]
mod golden_checks;
#[cfg(feature = "cli")]
mod golden_outputs;
#[cfg(all(feature = "cli", unix))]
mod golden_required;
#[cfg(feature = "cli")]
mod import_inspect;
#[cfg(feature = "cli")]
mod import_openai_evals;
#[cfg(feature = "cli")]
mod import_promptfoo;
#[cfg(feature = "cli")]
mod import_promptfoo_kinds;
#[cfg(feature = "cli")]
mod import_promptfoo_providers;
mod imports;
#[cfg(feature = "cli")]
mod init_ci;
#[cfg(feature = "cli")]
mod init_templates;
#[cfg(feature = "cli")]
mod journals;
#[cfg(feature = "cli")]
mod judge;
#[cfg(feature = "cli")]
mod juries;
#[cfg(feature = "cli")]
mod juries_of_runs;
#[cfg(feature = "cli")]
mod label;
#[cfg(feature = "cli")]
mod labels;
mod layers;
mod limiter;
#[cfg(feature = "cli")]
mod limits;
#[cfg(feature = "cli")]
mod models_on_disk;
mod name;
mod ollama;
mod ollama_context;
mod openai;
#[cfg(feature = "cli")]
mod output_prompts;
#[cfg(feature = "cli")]
mod output_strategies;
#[cfg(feature = "cli")]
mod own_golden;
#[cfg(feature = "cli")]
mod own_models;
mod package;
#[cfg(feature = "cli")]
mod pairs;
#[cfg(feature = "cli")]
mod panel;
#[cfg(feature = "cli")]
mod parts;
#[cfg(feature = "cli")]
mod probe;
mod provider;
#[cfg(feature = "cli")]
mod published;
mod ramp;
#[cfg(feature = "cli")]
mod rankings;
#[cfg(feature = "cli")]
mod re_read;
#[cfg(feature = "cli")]
mod repeats;
mod replies;
#[cfg(feature = "cli")]
mod replies_judged;
#[cfg(feature = "cli")]
mod report;
#[cfg(all(feature = "cli", unix))]
mod report_layout;
#[cfg(all(feature = "cli", unix))]
mod report_page;
#[cfg(feature = "cli")]
mod resume;
mod retry;
#[cfg(feature = "cli")]
mod routes;
#[cfg(feature = "cli")]
mod rubric_points;
#[cfg(feature = "cli")]
mod run;
#[cfg(feature = "cli")]
mod score;
#[cfg(feature = "cli")]
mod secure;
#[cfg(feature = "cli")]
mod serve;
mod signatures;
mod store;
#[cfg(feature = "cli")]
mod strategies;
#[cfg(all(feature = "cli", unix))]
mod subject;
#[cfg(all(feature = "cli", unix))]
mod sudden_ends;
#[cfg(feature = "cli")]
mod suite;
#[cfg(all(feature = "cli", unix))]
mod support_agent;
mod text_metrics;
mod transport;
#[cfg(feature = "cli")]
mod tune;
mod weighing;
