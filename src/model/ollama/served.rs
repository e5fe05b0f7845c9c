//! Models on the server's disk and in its memory, read from `/api/tags` and `/api/ps`.

use serde_json::Value;

use crate::model::served::ServedModel;

/// The models of an answer of either. What is missing or of another type is left out.
pub(super) fn read(answer: &Value) -> Vec<ServedModel> {
    let models = answer.get("models").and_then(Value::as_array).into_iter().flatten();
    models.filter_map(model).collect()
}

fn model(value: &Value) -> Option<ServedModel> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    let detail = |key: &str| text(value.get("details").and_then(|details| details.get(key)));
    Some(ServedModel {
        name: text(value.get("name")).or_else(|| text(value.get("model")))?,
        digest: text(value.get("digest")),
        bytes: number("size"),
        gpu_bytes: number("size_vram"),
        quantization: detail("quantization_level").filter(|level| !level.is_empty()),
        parameters: detail("parameter_size").filter(|size| !size.is_empty()),
        context_tokens: number("context_length"),
        until: text(value.get("expires_at")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_is_read_and_what_is_odd_is_left_out() {
        let read = read(&json!({"models": [
            {"name": "gemma3:4b", "model": "gemma3:4b", "size": 6_591_830_464_u64, "digest": "a2af6cc3",
             "details": {"parameter_size": "4.3B", "quantization_level": "Q4_K_M"},
             "expires_at": "2025-10-17T16:47:07-05:00", "size_vram": 5_333_539_264_u64, "context_length": 4096},
            {"name": "bare:latest", "size": "big", "details": null},
            {"size": 7},
        ]}));
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].gpu_bytes, read[0].context_tokens, read[0].quantization.as_deref()),
            (Some(5_333_539_264), Some(4096), Some("Q4_K_M"))
        );
        assert_eq!(read[1], ServedModel { name: "bare:latest".into(), ..ServedModel::default() });
    }
}
