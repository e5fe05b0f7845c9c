//! What work costs, as text.

use super::formatting::{Lines, count, longest};
use crate::bench::cost::{Amount, Cost, Machine, Tariff, Workload};
use crate::number::rounded;

/// Dollars with cents; what is less than a dollar with three digits that count.
pub(crate) fn money(usd: f64) -> String {
    // Half a cent that is a hair less in binary is rounded up all the same.
    let cents = rounded(usd * 100.0 + 1e-9);
    if usd <= 0.0 {
        return "$0".to_owned();
    }
    if usd >= 0.995 {
        return format!("${}.{:02}", count(cents / 100), cents % 100);
    }
    let digits = (1..9_i32).find(|digits| usd * 10_f64.powi(*digits) >= 1.0).unwrap_or(9);
    let places = usize::try_from(digits).unwrap_or(0) + 2;
    format!("${usd:.places$}")
}

/// What the work costs at each tariff; the first line is the answer.
pub(crate) fn cost_text(work: &Workload, costs: &[Cost]) -> String {
    let mut lines = Lines::default();
    lines.folded(&answer(costs));
    lines.blank();
    lines.folded_under("work", &worded(work));
    for cost in costs {
        lines.blank();
        table(&mut lines, cost);
    }
    lines.blank();
    lines.folded("  A year has 365 days; a month is a twelfth of it.");
    lines.text
}

fn answer(costs: &[Cost]) -> String {
    let by_year = |a: &&Cost, b: &&Cost| a.a_year.total.total_cmp(&b.a_year.total);
    let (Some(least), Some(most)) = (costs.iter().min_by(by_year), costs.iter().max_by(by_year)) else {
        return "nothing to pay".to_owned();
    };
    if costs.len() == 1 {
        let [first, second] = least.a_year.parts;
        let [one, two] = least.tariff.parts();
        return format!(
            "{} a year: {} for {one}, {} for {two}",
            money(least.a_year.total),
            money(first),
            money(second)
        );
    }
    let times = most.a_year.total / least.a_year.total;
    let most = if times.is_finite() && times > 1.0 {
        format!("; the dearest, {}, costs {times:.1} times as much", most.who)
    } else if most.a_year.total > 0.0 {
        format!("; the dearest, {}, costs {}", most.who, money(most.a_year.total))
    } else {
        String::new()
    };
    format!("cheapest: {}, {} a year{most}", least.who, money(least.a_year.total))
}

fn worded(work: &Workload) -> String {
    let whole = |number: f64| count(rounded(number));
    let calls = work.calls_a_day.map_or_else(String::new, |calls| format!("{} calls a day: ", whole(calls)));
    format!(
        "{calls}{} tokens of input and {} of output a day",
        whole(work.input_tokens_a_day),
        whole(work.output_tokens_a_day)
    )
}

fn table(lines: &mut Lines, cost: &Cost) {
    lines.folded(&format!("  {}", headline(cost)));
    let [first, second] = cost.tariff.parts();
    lines.whole(&format!("    {:<16}{first:>14}{second:>14}{:>14}", "", "total"));
    let spans = [
        ("a call", cost.a_call),
        ("100,000 calls", cost.a_batch),
        ("a day", Some(cost.a_day)),
        ("a month", Some(cost.a_month)),
        ("a year", Some(cost.a_year)),
    ];
    let shown = spans.into_iter().filter_map(|(span, amount)| Some((span, amount?)));
    for (span, Amount { parts: [first, second], total }) in shown {
        let (first, second, total) = (money(first), money(second), money(total));
        lines.whole(&format!("    {span:<16}{first:>14}{second:>14}{total:>14}"));
    }
}

fn headline(cost: &Cost) -> String {
    let tariff = match cost.tariff {
        Tariff::Tokens(price) => format!(
            "{} a million tokens of input, {} of output",
            money(price.input_per_million),
            money(price.output_per_million)
        ),
        Tariff::Machine(Machine { watts, usd_per_kwh, seconds_a_day, purchase_usd, years }) => format!(
            "{watts} W for {:.1} hours a day at {} a kWh; {} over {years} years",
            seconds_a_day / 3600.0,
            money(usd_per_kwh),
            money(purchase_usd)
        ),
    };
    if longest(std::iter::once(cost.who.as_str())) == 0 { tariff } else { format!("{}: {tariff}", cost.who) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Price;

    #[test]
    fn money_has_cents_from_a_dollar_on_and_three_digits_below() {
        assert_eq!(
            [136.875, 1234.5, 0.375, 0.004_25, 0.000_031_4, 0.0, 0.999].map(money),
            ["$136.88", "$1,234.50", "$0.375", "$0.00425", "$0.0000314", "$0", "$1.00"]
        );
    }

    #[test]
    fn the_answer_comes_first() {
        let work = Workload::of_calls(300.0, 500.0, 300.0);
        let price = |input_per_million, output_per_million| {
            Tariff::Tokens(Price { input_per_million, output_per_million, batch: None })
        };
        let costs = [Cost::new("a", &work, price(2.5, 10.0)), Cost::new("b", &work, price(3.0, 15.0))];
        insta::assert_snapshot!(cost_text(&work, &costs), @r"
        cheapest: a, $465.38 a year; the dearest, b, costs 1.4 times as much

          work        300 calls a day: 150,000 tokens of input and 90,000 of output a
                      day

          a: $2.50 a million tokens of input, $10.00 of output
                                     input        output         total
            a call                $0.00125      $0.00300      $0.00425
            100,000 calls          $125.00       $300.00       $425.00
            a day                   $0.375        $0.900         $1.28
            a month                 $11.41        $27.38        $38.78
            a year                 $136.88       $328.50       $465.38

          b: $3.00 a million tokens of input, $15.00 of output
                                     input        output         total
            a call                $0.00150      $0.00450      $0.00600
            100,000 calls          $150.00       $450.00       $600.00
            a day                   $0.450         $1.35         $1.80
            a month                 $13.69        $41.06        $54.75
            a year                 $164.25       $492.75       $657.00

          A year has 365 days; a month is a twelfth of it.
        ");
    }
}
