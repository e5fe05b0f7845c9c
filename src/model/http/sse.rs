//! Server-sent events, as far as the providers use them (WHATWG HTML, section 9.2).

/// Lines on their way to become events.
#[derive(Debug, Default)]
pub(in crate::model) struct Events {
    data: Option<String>,
}

impl Events {
    /// Takes a line; an empty one ends an event and gives its data.
    ///
    /// Comments keep a connection open and mean nothing. A field `error`, which
    /// llama.cpp's server has used, is read as data.
    pub(in crate::model) fn line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return self.data.take();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        if matches!(field, "data" | "error") {
            match &mut self.data {
                Some(data) => *data = format!("{data}\n{value}"),
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }

    /// The event that no empty line ended. The standard drops it; servers that
    /// close right after `[DONE]` want it read.
    pub(in crate::model) fn rest(&mut self) -> Option<String> {
        self.data.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lines_are_joined_and_the_rest_is_ignored() {
        let mut events = Events::default();
        let stream =
            "\u{feff}\n: waiting\n\nevent: x\ndata: {\"a\":\ndata:1}\nid: 7\n\n\ndata\n\ndata: [DONE]";
        let mut found: Vec<String> = stream.split('\n').filter_map(|line| events.line(line)).collect();
        found.extend(events.rest());
        assert_eq!(found, ["{\"a\":\n1}", "", "[DONE]"]);
    }
}
