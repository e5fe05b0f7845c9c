//! A hybrid model, whose layers keep a state beside the tokens: what is copied of its memory must be worth a fresh
//! evaluation. The model is as small as the architecture allows, its weights are drawn at random, and the file is
//! written here.

use super::*;

/// Sizes of the model. Three layers of four keep a state, as in the real ones.
const EMBEDDING: usize = 64;
const HEAD: usize = 32;
const STATE: usize = 32;
const FORWARD: usize = 96;
const LAYERS: u32 = 4;

/// A file in the GGUF format: facts, then tensors of 32-bit floats.
#[derive(Default)]
struct Gguf {
    facts: Vec<u8>,
    fact_count: u64,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Gguf {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }

    fn fact(&mut self, key: &str, kind: u32, value: &[u8]) {
        Self::text(&mut self.facts, key);
        self.facts.extend(kind.to_le_bytes());
        self.facts.extend(value);
        self.fact_count += 1;
    }

    fn number(&mut self, key: &str, value: u32) {
        self.fact(key, 4, &value.to_le_bytes());
    }

    fn float(&mut self, key: &str, value: f32) {
        self.fact(key, 6, &value.to_le_bytes());
    }

    fn string(&mut self, key: &str, value: &str) {
        let mut bytes = Vec::new();
        Self::text(&mut bytes, value);
        self.fact(key, 8, &bytes);
    }

    fn strings(&mut self, key: &str, values: &[String]) {
        let mut bytes = Self::list_of(8, values.len());
        for value in values {
            Self::text(&mut bytes, value);
        }
        self.fact(key, 9, &bytes);
    }

    fn integers(&mut self, key: &str, values: &[i32]) {
        let mut bytes = Self::list_of(5, values.len());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self.fact(key, 9, &bytes);
    }

    fn list_of(kind: u32, length: usize) -> Vec<u8> {
        kind.to_le_bytes().into_iter().chain((length as u64).to_le_bytes()).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend(self.fact_count.to_le_bytes());
        bytes.extend(&self.facts);
        let mut data: Vec<u8> = Vec::new();
        for (name, sides, values) in &self.tensors {
            assert_eq!(sides.iter().product::<usize>(), values.len(), "{name}");
            Self::text(&mut bytes, name);
            bytes.extend(u32::try_from(sides.len()).expect("few").to_le_bytes());
            for side in sides {
                bytes.extend((*side as u64).to_le_bytes());
            }
            bytes.extend(0_u32.to_le_bytes());
            bytes.extend((data.len() as u64).to_le_bytes());
            data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            data.resize(data.len().next_multiple_of(32), 0);
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(data);
        bytes
    }
}

/// Weights, the same ones each time.
struct Weights {
    file: Gguf,
    state: u64,
}

impl Weights {
    /// In `-1..1`.
    fn next(&mut self) -> f32 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = u16::try_from(self.state >> 48).expect("16 bits");
        f32::from(bits) / 32_768.0 - 1.0
    }

    fn random(&mut self, name: &str, sides: &[usize], scale: f32, middle: f32) {
        let count = sides.iter().product();
        let values = (0..count).map(|_| middle + scale * self.next()).collect();
        self.file.tensors.push((name.to_owned(), sides.to_vec(), values));
    }

    /// A matrix that keeps the size of what it maps.
    fn matrix(&mut self, name: &str, from: usize, to: usize) {
        let width = f32::from(u16::try_from(from).expect("small"));
        self.random(&format!("{name}.weight"), &[from, to], 2.5 / width.sqrt(), 0.0);
    }

    fn norm(&mut self, name: &str, size: usize) {
        self.random(&format!("{name}.weight"), &[size], 0.2, 1.0);
    }

    fn attention(&mut self, layer: &str) {
        // Two heads, whose gates stand beside their queries; one head of keys and values.
        self.matrix(&format!("{layer}.attn_q"), EMBEDDING, 4 * HEAD);
        self.matrix(&format!("{layer}.attn_k"), EMBEDDING, HEAD);
        self.matrix(&format!("{layer}.attn_v"), EMBEDDING, HEAD);
        self.matrix(&format!("{layer}.attn_output"), 2 * HEAD, EMBEDDING);
        self.norm(&format!("{layer}.attn_q_norm"), HEAD);
        self.norm(&format!("{layer}.attn_k_norm"), HEAD);
    }

    fn keeping_a_state(&mut self, layer: &str) {
        // One head of keys, two of values.
        self.matrix(&format!("{layer}.attn_qkv"), EMBEDDING, 4 * STATE);
        self.matrix(&format!("{layer}.attn_gate"), EMBEDDING, 2 * STATE);
        self.random(&format!("{layer}.ssm_conv1d.weight"), &[4, 4 * STATE], 0.6, 0.0);
        self.random(&format!("{layer}.ssm_dt.bias"), &[2], 0.3, 0.0);
        // The state fades slowly, so that what was read long ago still counts.
        self.random(&format!("{layer}.ssm_a"), &[2], 0.05, -0.1);
        self.matrix(&format!("{layer}.ssm_beta"), EMBEDDING, 2);
        self.matrix(&format!("{layer}.ssm_alpha"), EMBEDDING, 2);
        self.norm(&format!("{layer}.ssm_norm"), STATE);
        self.matrix(&format!("{layer}.ssm_out"), 2 * STATE, EMBEDDING);
    }
}

/// The characters by which byte-level vocabularies write bytes.
fn byte_tokens() -> Vec<String> {
    let is_shown = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut others = 256_u32..;
    (0..=u8::MAX)
        .map(|byte| if is_shown(byte) { u32::from(byte) } else { others.next().expect("endless") })
        .map(|code| char::from_u32(code).expect("a character").to_string())
        .collect()
}

fn hybrid() -> Vec<u8> {
    let mut weights = Weights { file: Gguf::default(), state: 7 };
    let file = &mut weights.file;
    file.string("general.architecture", "qwen35");
    for (key, value) in [
        ("block_count", LAYERS),
        ("context_length", 2048),
        ("embedding_length", 64),
        ("feed_forward_length", 96),
        ("attention.head_count", 2),
        ("attention.head_count_kv", 1),
        ("attention.key_length", 32),
        ("attention.value_length", 32),
        ("rope.dimension_count", 16),
        ("full_attention_interval", 4),
        ("ssm.conv_kernel", 4),
        ("ssm.inner_size", 64),
        ("ssm.state_size", 32),
        ("ssm.time_step_rank", 2),
        ("ssm.group_count", 1),
    ] {
        file.number(&format!("qwen35.{key}"), value);
    }
    file.integers("qwen35.rope.dimension_sections", &[3, 3, 2, 0]);
    file.float("qwen35.attention.layer_norm_rms_epsilon", 1e-6);
    file.float("qwen35.rope.freq_base", 10_000.0);
    let mut tokens = byte_tokens();
    let plain = tokens.len();
    tokens.extend(["<|im_start|>", "<|im_end|>"].map(String::from));
    let kinds: Vec<i32> = (0..tokens.len()).map(|at| if at < plain { 1 } else { 3 }).collect();
    file.string("tokenizer.ggml.model", "gpt2");
    file.string("tokenizer.ggml.pre", "qwen2");
    file.strings("tokenizer.ggml.tokens", &tokens);
    file.integers("tokenizer.ggml.token_type", &kinds);
    file.strings("tokenizer.ggml.merges", &[]);
    file.number("tokenizer.ggml.eos_token_id", u32::try_from(plain + 1).expect("small"));
    file.string(
        "tokenizer.chat_template",
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}\
         {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    );
    weights.random("token_embd.weight", &[EMBEDDING, tokens.len()], 1.0, 0.0);
    weights.norm("output_norm", EMBEDDING);
    for number in 0..LAYERS {
        let layer = format!("blk.{number}");
        weights.norm(&format!("{layer}.attn_norm"), EMBEDDING);
        weights.norm(&format!("{layer}.post_attention_norm"), EMBEDDING);
        if (number + 1) % LAYERS == 0 {
            weights.attention(&layer);
        } else {
            weights.keeping_a_state(&layer);
        }
        weights.matrix(&format!("{layer}.ffn_gate"), EMBEDDING, FORWARD);
        weights.matrix(&format!("{layer}.ffn_up"), EMBEDDING, FORWARD);
        weights.matrix(&format!("{layer}.ffn_down"), FORWARD, EMBEDDING);
    }
    weights.file.bytes()
}

/// Runs a test on the hybrid model, with several requests wished for at a time.
fn with_hybrid(test: impl FnOnce(&mut Batcher<'_>)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hybrid.gguf");
    std::fs::write(&path, hybrid()).expect("writes");
    let _turn = turn();
    let backend = loaded::backend().expect("llama.cpp starts");
    let model = loaded::model(backend, &path).expect("the model loads");
    assert!(model.is_hybrid());
    let options = EngineOptions { parallel: 4, ..OPTIONS };
    let loaded = Loaded::new(backend, &model, &options, 1).expect("the context fits");
    test(&mut Batcher::new(loaded));
}

/// The tokens of a prompt.
fn prompt(batcher: &Batcher<'_>, record: &str) -> Vec<LlamaToken> {
    let pieces = batcher.loaded.template.render(&question(record)).expect("renders");
    batcher.loaded.tokenizer.encode(&pieces)
}

#[test]
fn a_branch_of_a_copied_state_weighs_what_a_fresh_evaluation_says() {
    with_hybrid(|batcher| {
        let prompt = prompt(batcher, "Paris is the capital.");
        let words = ["pass", "fail", "unclear"];
        let own: Vec<Vec<LlamaToken>> =
            words.iter().map(|word| batcher.loaded.tokenizer.plain(word)).collect();
        assert_eq!(own.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 7]);
        // In one go, where each candidate's state is a copy of the prompt's.
        let weighed = weighing::weigh_tokens(batcher, &prompt, &own).log_probabilities;
        // By hand, the whole text anew for each token.
        let fresh: Vec<f64> = own
            .iter()
            .map(|tokens| {
                let of = |read: usize| {
                    let text: Vec<LlamaToken> = prompt.iter().chain(&tokens[..read]).copied().collect();
                    let after = weighing::probabilities_after(batcher, &text);
                    after.into_iter().find(|(token, _)| *token == tokens[read]).expect("known").1.ln()
                };
                (0..tokens.len()).map(of).collect::<Vec<f64>>().iter().sum()
            })
            .collect();
        assert_close(&weighed, &fresh);
        // The model tells words apart, so the test would notice a wrong state.
        assert!((weighed[0] - weighed[1]).abs() > 0.05, "{weighed:?}");
    });
}

#[test]
fn what_was_asked_before_changes_nothing() {
    with_hybrid(|batcher| {
        let (one, two) = (question("Paris is the capital."), question("Cats sleep a lot, mostly."));
        let cold = weigh(batcher, &two, OPENING, &candidates()).log_probabilities;
        batcher.clear();
        let first = weigh(batcher, &one, OPENING, &candidates()).log_probabilities;
        assert!((first[0] - cold[0]).abs() > 1e-3, "the record counts: {first:?} and {cold:?}");
        assert_close(&weigh(batcher, &two, OPENING, &candidates()).log_probabilities, &cold);
        assert_close(&weigh(batcher, &two, OPENING, &candidates()).log_probabilities, &cold);
        assert_close(&weigh(batcher, &one, OPENING, &candidates()).log_probabilities, &first);
    });
}

#[test]
fn an_answer_is_the_same_after_others() {
    with_hybrid(|batcher| {
        let records = ["Paris is the capital.", "Lyon."].map(question);
        let written = generate(batcher, &records[0], None, &greedy(12)).expect("writes").text;
        let weighed = weigh(batcher, &records[1], OPENING, &candidates()).log_probabilities;
        assert_eq!(generate(batcher, &records[0], None, &greedy(12)).expect("writes").text, written);
        batcher.clear();
        assert_eq!(generate(batcher, &records[0], None, &greedy(12)).expect("writes").text, written);
        batcher.clear();
        assert_close(&weigh(batcher, &records[1], OPENING, &candidates()).log_probabilities, &weighed);
    });
}
