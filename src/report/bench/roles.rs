//! The roles that a bench recommends, as evenhand.toml has them.

use crate::bench::{Bench, CellFigures};

/// The roles and a route between them, to paste into evenhand.toml.
pub(in crate::report) fn roles_toml(bench: &Bench) -> String {
    let roles: Vec<(&str, &CellFigures)> = bench
        .choice
        .roles
        .iter()
        .filter_map(|role| Some((role.role, bench.cells.iter().find(|cell| cell.meta.name == role.cell)?)))
        .collect();
    if roles.len() < 2 {
        return String::new();
    }
    let mut text = String::new();
    for (role, cell) in &roles {
        text += &format!("# {role}: {}\n", cell.meta.name);
        if cell.meta.model == cell.meta.full_name {
            text += &format!("[models.{role}]\nmodel = {:?}\n", cell.meta.full_name);
            for (key, value) in &cell.meta.vary {
                text += &format!("{key} = {value}\n");
            }
        }
    }
    let name = |wanted: &str| {
        let found = roles.iter().find(|(role, _)| *role == wanted);
        found.map(
            |(role, cell)| {
                if cell.meta.model == cell.meta.full_name { *role } else { cell.meta.model.as_str() }
            },
        )
    };
    let primary = name("primary").unwrap_or_default();
    if let Some(quality) = name("quality") {
        text += &format!(
            "[[routes.bench.rules]]\nname = \"critical\"\nwhen = [\"tag=critical\"]\nto = [{quality:?}, {primary:?}]\n"
        );
    }
    // What judges worse, or at chance, must not stand in where a call fails.
    let stands_in =
        |wanted: &str| bench.choice.roles.iter().any(|role| role.role == wanted && role.stands_in);
    let fallback = ["fast", "quality"].into_iter().filter(|role| stands_in(role)).find_map(name);
    let to: Vec<String> =
        [Some(primary), fallback].into_iter().flatten().map(|to| format!("{to:?}")).collect();
    text + &format!("[[routes.bench.rules]]\nname = \"the rest\"\nto = [{}]\n", to.join(", "))
}
