//! A judged call in process, step by step.

use std::hint::black_box;
use std::sync::Arc;

use evenhand::eval::{Outcome, Stop};
use evenhand::internal::answer::{Contract, parse};
use evenhand::internal::data::Record;
use evenhand::internal::eval::{Journal, Panel, Plan, RunHead, run};
use evenhand::internal::judge::Question;
use evenhand::judge::{Judge, JudgeOptions, Reading};
use evenhand::model::{Format, Model, ModelOptions, Parameters, Provider, Request, Response};
use tempfile::TempDir;

use crate::clock::{cpu_us, median};
use crate::floor::inputs;
use crate::table::{Table, at_most};
use crate::{Options, case};

/// So many times each step is done in a repetition.
const TIMES: u64 = 20_000;

pub fn measure(options: &Options) {
    let rounds: Vec<[f64; 9]> = (0..options.repeats).map(|_| round()).collect();
    let of = |place: usize| median(rounds.iter().map(|round| round[place]).collect());
    let mut table = Table::new(
        "A judged call in process: a record of 1 KB, two demos, a model that answers at once",
        ["step", "CPU", "bar"],
    );
    let bare = of(0) + of(1) + of(2) + of(3);
    let names = ["render", "request", "parse", "validate"];
    for (place, name) in names.into_iter().enumerate() {
        table.row([name.into(), format!("{:.1} µs", of(place)), String::new()]);
    }
    table.row(["**together**".into(), format!("**{bare:.1} µs**"), at_most(bare, 15.0, "µs")]);
    table.row(["key (BLAKE3 of the canonical JSON)".into(), format!("{:.1} µs", of(4)), String::new()]);
    table.row(["journal line, written".into(), format!("{:.1} µs", of(5)), String::new()]);
    table.row(["judge: all of it from record to score".into(), format!("{:.1} µs", of(6)), String::new()]);
    table.row(["run: judge, mapping, journal, order".into(), format!("{:.1} µs", of(7)), String::new()]);
    table.row([
        "minijinja alone on the same prompt's record".into(),
        format!("{:.1} µs", of(8)),
        String::new(),
    ]);
    table.print();
}

fn judge(text: &str) -> Judge {
    let response = Response { text: text.to_owned(), ..Response::default() };
    let provider = Provider::from_fn("mock/at-once", move |_| {
        let response = response.clone();
        async move { Ok(response) }
    });
    let model = Model::new(provider, ModelOptions::default());
    Judge::new(case::spec(), model, JudgeOptions::default()).expect("a judge")
}

fn round() -> [f64; 9] {
    let inputs = inputs(1);
    let answer = case::answer(case::REASONING_BYTES);
    let question =
        Question::new(case::spec(), Reading::Text, Parameters::default()).expect("the signature is valid");
    let schema = question.spec().output_schema();
    let render = cpu_us(TIMES, || {
        black_box(question.compiled().render(black_box(&inputs)).expect("it renders"));
    });
    let prompt = question.compiled().render(&inputs).expect("it renders");
    let format = Format { name: "judge".into(), schema: Arc::new(schema.clone()) };
    let request = cpu_us(TIMES, || {
        let messages = black_box(&prompt).messages.clone();
        black_box(Request::new(messages, prompt.stable, Some(format.clone()), Parameters::default()));
    });
    let asked = question.request(&inputs).expect("it renders");
    let key = cpu_us(TIMES, || {
        black_box(black_box(&asked).key());
    });
    let contract = Contract::new(&schema).expect("it is a schema");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let value = serde_json::from_str(&answer).expect("it is JSON");
    let validate = cpu_us(TIMES, || {
        black_box(validator.is_valid(black_box(&value)));
    });
    let read = cpu_us(TIMES, || {
        black_box(parse(black_box(&answer), &contract).expect("it is valid"));
    });
    let (journal, judged, whole) = outer(&inputs, &answer);
    [render, request, read - validate, validate, key, journal, judged, whole, bare_render(&inputs)]
}

/// The journal, the judge, and a run of it.
fn outer(inputs: &serde_json::Map<String, serde_json::Value>, answer: &str) -> (f64, f64, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let judge = judge(answer);
    let judged = cpu_us(TIMES, || {
        black_box(runtime.block_on(judge.judge(black_box(inputs))));
    });
    let panel = Panel::from(judge);
    let folder = TempDir::new().expect("a new folder");
    let head = RunHead {
        strategy: None,
        format: RunHead::FORMAT,
        suite: "bench".into(),
        model: panel.model().into_owned(),
        judges: std::collections::BTreeMap::new(),
        judge: String::new(),
        dataset: String::new(),
        outputs: None,
        repeats: 1,
        selection: String::new(),
        routes: std::collections::BTreeMap::new(),
    };
    let mut journal = Journal::start(folder.path(), &head).expect("a new folder");
    let mut outcomes: Vec<Outcome> = Vec::new();
    let records = |count: u64| {
        (0..count).map(|number| {
            let fields = case::fields(number, case::RECORD_BYTES);
            Ok(Record { id: format!("r{number}"), line: number + 1, fields })
        })
    };
    let plan = || Plan { label: Some("label".into()), concurrency: 1, ..Plan::default() };
    let made = runtime.block_on(run(&panel, plan(), records(1), None, &Stop::default(), |event| {
        if let evenhand::internal::eval::Event::Settled(outcome) = event {
            outcomes.push(outcome.clone());
        }
        Ok(())
    }));
    made.expect("it runs");
    let line = cpu_us(TIMES, || journal.write(black_box(&outcomes[0])).expect("room on the disk"));
    let mut taken = Some(records(TIMES).collect::<Vec<_>>());
    let whole = cpu_us(1, || {
        let records = taken.take().expect("once").into_iter();
        let ran =
            runtime.block_on(run(&panel, plan(), records, Some(&mut journal), &Stop::default(), |_| Ok(())));
        ran.expect("it runs");
    });
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let whole = whole / TIMES as f64;
    (line, judged, whole)
}

/// What a template engine takes for the same text, and nothing else.
fn bare_render(inputs: &serde_json::Map<String, serde_json::Value>) -> f64 {
    let mut environment = minijinja::Environment::new();
    let text = "<record>\n<artifact>\n{{ artifact }}\n</artifact>\n<ground_truth>\n{{ ground_truth }}\n</ground_truth>\n</record>";
    environment.add_template("user", text).expect("it compiles");
    let text = |name: &str| inputs[name].as_str().expect("a text");
    cpu_us(TIMES, || {
        let template = environment.get_template("user").expect("it is there");
        let values =
            minijinja::context! { artifact => text("artifact"), ground_truth => text("ground_truth") };
        black_box(template.render(values).expect("it renders"));
    })
}
