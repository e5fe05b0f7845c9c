mod changes;
mod confirm;
mod files;
mod simulated;
mod verdicts;
