mod changes;
mod files;
mod simulated;
mod verdicts;
