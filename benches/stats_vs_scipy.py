"""Compares evenhand's statistics with SciPy, statsmodels, scikit-learn, krippendorff and irrCAC.

Usage: stats_vs_scipy.py STATS_EVAL [CASES], where STATS_EVAL is the built example and CASES the
number of random cases for each function, 300 if left out. See README.md beside this file.
Prints a table in Markdown: cases, largest difference, tolerance, and what was compared with.
Exits with 1 if a difference is beyond its tolerance.
"""

import json
import math
import subprocess
import sys
import warnings
from fractions import Fraction
from importlib.metadata import version

import krippendorff
import numpy as np
import pandas as pd
import statsmodels.api as sm
from irrCAC.raw import CAC
from scipy import optimize, stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats import inter_rater, multitest, proportion
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

warnings.filterwarnings("ignore")
CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 300
rng = np.random.default_rng(20261121)
asked = []  # (name, question, expected, tolerance, against)


def ask(name, expected, against, tolerance=1e-9, f=None, **arguments):
    plain = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in arguments.items()}
    expected = np.atleast_1d(np.asarray(expected, dtype=float)).tolist()
    asked.append((name, {"f": f or name, **plain}, expected, tolerance, against))


def tango_score(b, c, n, delta):
    """Tango's score statistic, the nuisance rate maximised numerically: P(only left) = p + delta."""
    low, high = max(0.0, -delta) + 1e-13, (1 - delta) / 2 - 1e-13

    def loss(p):
        return -(b * math.log(p + delta) + c * math.log(p) + (n - b - c) * math.log(1 - 2 * p - delta))

    p = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-14}).x
    return (b - c - n * delta) / math.sqrt(n * (2 * p + delta * (1 - delta)))


def tango(b, c, n, level):
    z, difference = stats.norm.ppf(0.5 + level / 2), (b - c) / n
    return (
        optimize.brentq(lambda x: tango_score(b, c, n, x) - z, -1 + 1e-9, difference - 1e-9, xtol=1e-12),
        optimize.brentq(lambda x: tango_score(b, c, n, x) + z, difference + 1e-9, 1 - 1e-9, xtol=1e-12),
    )


def bins_error(p, y, bins):
    which = np.clip(np.ceil(p * bins).astype(int) - 1, 0, bins - 1)
    return sum(abs(np.mean(p[which == b]) - np.mean(y[which == b])) * np.mean(which == b) for b in set(which))


def rogan_gladen(k, n, k0, m0, k1, m1):
    p, q0, q1, z = k / n, k0 / m0, k1 / m1, stats.norm.ppf(0.975)
    rate = min(max((p + q0 - 1) / (q0 + q1 - 1), 0), 1)
    pt, q0t, q1t = (n * p + z * z / 2) / (n + z * z), (k0 + 1) / (m0 + 2), (k1 + 1) / (m1 + 2)
    t = (pt + q0t - 1) / (q0t + q1t - 1)
    v0, v1 = q0t * (1 - q0t) / (m0 + 2), q1t * (1 - q1t) / (m1 + 2)
    center = t + 2 * z * z * (-(1 - t) * v0 + t * v1)
    se = math.sqrt(pt * (1 - pt) / (n + z * z) + (1 - t) ** 2 * v0 + t * t * v1) / (q0t + q1t - 1)
    return rate, min(max(center - z * se, 0), 1), min(max(center + z * se, 0), 1)


def ppi(y, f, others):
    n, big = len(y), len(others)
    cov = np.cov(y, f, ddof=0)[0, 1]
    weight = float(np.clip(cov / ((1 + n / big) * np.var(np.concatenate([f, others]), ddof=1)), 0, 1))
    value = weight * np.mean(others) + np.mean(y - weight * f)
    return weight, value, math.sqrt(weight**2 * np.var(others) / big + np.var(y - weight * f) / n)


def signed_rank(d):
    """The one-sided signed-rank test by trying all sign patterns; SciPy does so too, but slowly."""
    ranks = stats.rankdata(np.abs(np.round(d, 12)))
    patterns = (np.arange(2 ** len(d))[:, None] >> np.arange(len(d))) & 1
    return np.mean(patterns @ ranks <= ranks[d > 0].sum() + 1e-9)


def annotators(judge, people, epsilon):
    """The alternative annotator test for complete labels, from the paper's definitions."""
    wins, p_values = [], []
    for j in range(people.shape[1]):
        others = np.delete(people, j, axis=1)
        s_judge = np.mean(others == judge[:, None], axis=1)
        s_person = np.mean(others == people[:, [j]], axis=1)
        judge_wins, person_wins = (s_judge >= s_person) * 1.0, (s_person >= s_judge) * 1.0
        d = person_wins - judge_wins
        wins.append(np.mean(judge_wins))
        if len(d) < 30:
            p_values.append(signed_rank(d - epsilon))
        else:
            p_values.append(stats.ttest_1samp(d, epsilon, alternative="less").pvalue)
    rejected = multitest.multipletests(p_values, alpha=0.05, method="fdr_by")[0]
    return [np.mean(rejected), np.mean(wins), *p_values]


def betting_sequence(x, alpha, cells):
    """The hedged betting sequence on a grid, from the paper's formulas; x in -1 to 1."""
    x = (x + 1) / 2
    m = np.arange(cells + 1) / cells
    up, down, alive = np.zeros(cells + 1), np.zeros(cells + 1), np.ones(cells + 1, bool)
    mu, var = [], 0.25
    for t in range(1, len(x) + 1):
        sigma2 = (0.25 + sum((x[i] - mu[i]) ** 2 for i in range(t - 1))) / t
        bet = math.sqrt(2 * math.log(2 / alpha) / (sigma2 * t * math.log(t + 1)))
        with np.errstate(divide="ignore"):
            up += np.log1p(np.minimum(bet, 0.5 / m) * (x[t - 1] - m))
            down += np.log1p(-np.minimum(bet, 0.5 / (1 - m)) * (x[t - 1] - m))
        alive &= np.maximum(up, down) < math.log(2 / alpha)
        mu.append((0.5 + x[:t].sum()) / (t + 1))
    kept = np.flatnonzero(alive)
    return 2 * max(kept[0] - 1, 0) / cells - 1, 2 * min(kept[-1] + 1, cells) / cells - 1


def numbers(case):
    n = int(rng.integers(5, 60))
    x, y = rng.normal(size=n), rng.normal(size=n)
    xi, yi = rng.integers(0, 5, n).astype(float), rng.integers(0, 5, n).astype(float)
    wild = rng.normal(size=n) * 10.0 ** rng.integers(-12, 12, n)
    ask("sum", math.fsum(wild), "Python math.fsum", 0, x=wild)
    mean = sum(map(Fraction, wild)) / n
    ask("variance", float(sum((Fraction(v) - mean) ** 2 for v in wild) / (n - 1)), "Python fractions", 1e-15, x=wild)
    q = float(rng.uniform())
    ask("quantile", np.quantile(x, q), "NumPy quantile", x=x, q=q)
    mad = stats.median_abs_deviation(x)
    ask("mad", mad, "SciPy median_abs_deviation", x=x)
    ask("modified_z", 0.6744897501960817 * (x - np.median(x)) / mad, "NumPy, by the formula", x=x)
    ask("losses", [metrics.mean_absolute_error(y, x), metrics.root_mean_squared_error(y, x), 1 - metrics.r2_score(y, x)],
        "scikit-learn mean_absolute_error, root_mean_squared_error, 1 - r2_score", x=x, y=y)
    ask("mean", [np.mean(x), stats.sem(x)], "SciPy sem", x=x)
    ask("paired", [np.mean(x - y), stats.sem(x - y)], "SciPy sem", x=x, y=y)
    two = CompareMeans(DescrStatsW(x), DescrStatsW(y))
    ask("independent", [np.mean(x) - np.mean(y), two.std_meandiff_separatevar], "statsmodels CompareMeans", x=x, y=y)
    groups = np.concatenate([[0, 1], rng.integers(0, 6, n - 2)]).astype(float)
    fit = sm.OLS(x, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    ask("clustered", [fit.params[0], fit.bse[0]], "statsmodels OLS, cov_type cluster", x=groups, y=x, corrected=False)
    fit = sm.OLS(x, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True})
    ask("clustered, C/(C-1)", [fit.params[0], fit.bse[0]], "statsmodels OLS, cov_type cluster, use_correction",
        f="clustered", x=groups, y=x, corrected=True)
    a, b = ((x, y), (xi, yi), (xi, y))[case % 3]
    if len(set(a)) > 1 and len(set(b)) > 1:
        ask("kendall", stats.kendalltau(a, b).statistic, "SciPy kendalltau", x=a, y=b)
        ask("spearman", stats.spearmanr(a, b).statistic, "SciPy spearmanr", x=a, y=b)
        noisy = b + rng.uniform(-1e-12, 1e-12, n)
        ask("spearman_near", stats.spearmanr(a, np.round(noisy, 9)).statistic, "SciPy spearmanr of rounded", x=a, y=noisy)
        ask("pearson", stats.pearsonr(a, b).statistic, "SciPy pearsonr", x=a, y=b)
        ask("concordance", (stats.somersd(a, b).statistic + 1) / 2, "SciPy somersd", x=a, y=b)
    flags = np.concatenate([[0, 1], rng.integers(0, 2, n - 2)]).astype(float)
    probs = rng.uniform(size=n)
    ask("auc", metrics.roc_auc_score(flags, yi), "scikit-learn roc_auc_score", x=flags, y=yi)
    ask("brier", metrics.brier_score_loss(flags, probs), "scikit-learn brier_score_loss", x=probs, y=flags)
    bins = int(rng.integers(2, 16))
    ask("ece", bins_error(probs, flags, bins), "NumPy, by the formula", x=probs, y=flags, bins=bins)
    w, at = rng.uniform(0.1, 3, n), rng.uniform(-1, 6, 20)
    iso = IsotonicRegression(out_of_bounds="clip").fit(xi, y, sample_weight=w)
    ask("isotonic", iso.predict(at), "scikit-learn IsotonicRegression", x=xi, y=y, w=w, at=at)
    mapped = np.empty(n)
    for fold in range(3):
        out = np.arange(n) % 3 == fold
        mapped[out] = IsotonicRegression(out_of_bounds="clip").fit(x[~out], y[~out]).predict(x[out])
    ask("cross_isotonic", mapped, "scikit-learn IsotonicRegression by fold", x=x, y=y, folds=3)
    if xi.sum():
        k = int(rng.integers(1, n + 1))
        ask("ndcg", metrics.ndcg_score([xi], [y], k=k), "scikit-learn ndcg_score", x=xi[np.argsort(-y)], k=k)
        tied = np.round(y, int(rng.integers(0, 2)))
        ask("ndcg_scores", metrics.ndcg_score([xi], [tied], k=k), "scikit-learn ndcg_score, ties", x=xi, y=tied, k=k)


def labels(_):
    n = int(rng.integers(8, 60))
    truth = rng.integers(0, 4, n)
    given = np.where(rng.uniform(size=n) < 0.6, truth, rng.integers(0, 4, n))
    present = sorted(set(truth) | set(given))
    arguments = {"x": truth.astype(float), "y": given.astype(float)}
    if len(set(truth)) > 1:
        counts = metrics.confusion_matrix(truth, given, labels=present)
        for name, weights in (("kappa", None), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic")):
            result = inter_rater.cohens_kappa(counts, wt=weights)
            assert abs(result.kappa - metrics.cohen_kappa_score(truth, given, weights=weights)) < 1e-9
            ask(name, [result.kappa, result.std_kappa], "statsmodels cohens_kappa; scikit-learn cohen_kappa_score", **arguments)
        ac1 = CAC(pd.DataFrame({"a": truth, "b": given}), digits=12).gwet()["est"]
        ask("ac1", [ac1["coefficient_value"], ac1["se"]], "irrCAC gwet", **arguments)
    ask("classes", [metrics.accuracy_score(truth, given), metrics.f1_score(truth, given, labels=present, average="macro", zero_division=0),
        metrics.balanced_accuracy_score(truth, given)], "scikit-learn accuracy_score, f1_score macro, balanced_accuracy_score", **arguments)
    t, g = truth == 1, given == 1
    if t.any() and g.any():
        ask("one_class", [metrics.precision_score(t, g), metrics.recall_score(t, g), metrics.f1_score(t, g), metrics.recall_score(~t, ~g)],
            "scikit-learn precision_score, recall_score, f1_score", **arguments)
    units = rng.integers(1, 6, (n, 3)).astype(float)
    units[:, 1] = np.where(rng.uniform(size=n) < 0.6, units[:, 0], units[:, 1])
    units[rng.uniform(size=units.shape) < 0.2] = math.nan
    plain = [[None if math.isnan(v) else v for v in unit] for unit in units.tolist()]
    for level in ("nominal", "ordinal", "interval", "ratio"):
        alpha = krippendorff.alpha(reliability_data=units.T, level_of_measurement=level)
        ask(f"alpha, {level}", alpha, "krippendorff alpha", f="alpha", units=plain, level=level)


def counts(_):
    n, n2 = (int(v) for v in rng.integers(1, 400, 2))
    k, k2 = int(rng.integers(0, n + 1)), int(rng.integers(0, n2 + 1))
    level = float(rng.choice([0.8, 0.9, 0.95, 0.99]))
    ask("wilson", proportion.proportion_confint(k, n, 1 - level, "wilson"), "statsmodels proportion_confint", k=k, n=n, level=level)
    ask("clopper", proportion.proportion_confint(k, n, 1 - level, "beta"), "statsmodels proportion_confint", k=k, n=n, level=level)
    ask("newcombe", proportion.confint_proportions_2indep(k, n, k2, n2, method="newcomb", alpha=1 - level),
        "statsmodels confint_proportions_2indep", k=k, n=n, k2=k2, n2=n2, level=level)
    b, c = (int(v) for v in rng.integers(1, 40, 2))
    both = b + c + int(rng.integers(1, 100))
    ask("mcnemar", mcnemar([[5, b], [c, 5]], exact=True).pvalue, "statsmodels mcnemar", b=b, c=c, n=both)
    ask("tango", tango(b, c, both, level), "SciPy, likelihood maximised numerically", 1e-6, b=b, c=c, n=both, level=level)
    margin = float(rng.uniform(0.01, 0.3))
    ask("tango_margin", stats.norm.sf(tango_score(b, c, both, -margin)), "SciPy, likelihood maximised numerically", 1e-6,
        b=b, c=c, n=both, margin=margin)
    tries = int(rng.integers(1, 60))
    passed, at = int(rng.integers(0, tries + 1)), int(rng.integers(1, tries + 1))
    of = math.comb(tries, at)
    ask("pass_at_k", [1 - Fraction(math.comb(tries - passed, at), of), Fraction(math.comb(passed, at), of)], "Python comb",
        n=tries, c=passed, k=at)
    votes, error = 2 * int(rng.integers(0, 20)) + 1, float(rng.uniform(0, 0.6))
    ask("majority", stats.binom.sf(votes // 2, votes, error), "SciPy binom", votes=votes, error=error)
    m0, m1, big = (int(v) for v in rng.integers(20, 300, 3))
    k0, k1 = int(m0 * rng.uniform(0.6, 1)), int(m1 * rng.uniform(0.6, 1))
    kk = int(rng.integers(0, big + 1))
    ask("rogan_gladen", rogan_gladen(kk, big, k0, m0, k1, m1), "NumPy, by the paper's formula", k=kk, n=big, k0=k0, m0=m0, k1=k1, m1=m1)
    y = rng.integers(0, 2, int(rng.integers(5, 50))).astype(float)
    f = np.where(rng.uniform(size=len(y)) < 0.8, y, rng.uniform(size=len(y)))
    others = rng.uniform(size=int(rng.integers(20, 300)))
    ask("ppi", ppi(y, f, others), "NumPy, by the paper's formula", x=y, y=f, others=others)
    alpha, power, noise = float(rng.uniform(0.01, 0.2)), float(rng.uniform(0.5, 0.95)), float(rng.uniform(0, 0.5))
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    ask("detectable", z * math.sqrt((0.1 + noise) / n), "SciPy norm, by the formula", f="required_n",
        alpha=alpha, power=power, between=0.1, noise=noise, n=n)


def tests(_):
    p = rng.uniform(size=int(rng.integers(1, 12))) ** 2
    for name, method in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")):
        ask(name, multitest.multipletests(p, method=method)[1], "statsmodels multipletests", x=p)
    x = rng.normal(size=int(rng.integers(5, 60)))
    t = stats.ttest_1samp(x, 0.1, alternative="less")
    ask("ttest", [t.statistic, t.pvalue], "SciPy ttest_1samp", x=x, bound=0.1)
    x = x[:45]
    ask("wilcoxon", stats.wilcoxon(x - 0.1, alternative="less", method="exact").pvalue, "SciPy wilcoxon, exact", x=x, bound=0.1)
    tied = rng.integers(-3, 4, int(rng.integers(4, 12))).astype(float) - 0.5
    ask("wilcoxon, ties", signed_rank(tied), "SciPy rankdata, all sign patterns",
        f="wilcoxon", x=tied, bound=0.0)
    a, b = rng.integers(0, 6, 10) / 2, rng.integers(0, 6, 10) / 2
    if (a != b).any():
        ask("sign", stats.binomtest(int((a > b).sum()), int((a != b).sum())).pvalue, "SciPy binomtest", x=a, y=b)
    a, b = a[: int(rng.integers(4, 10))], b
    b = b[: len(a)]
    result = stats.permutation_test((a, b), lambda a, b, axis: np.mean(a - b, axis=axis), permutation_type="samples",
                                    vectorized=True, n_resamples=math.inf)
    ask("permutation", result.pvalue, "SciPy permutation_test, all patterns", x=a, y=b)
    skewed = rng.exponential(size=30)
    for method, name in (("BCa", "bca"), ("percentile", "percentile")):
        result = stats.bootstrap((skewed,), np.mean, method=method, n_resamples=10000, random_state=rng)
        ask(name, list(result.confidence_interval), "SciPy bootstrap, other draws", 0.1, x=skewed)
    q, z = float(rng.uniform()), float(rng.normal() * 2)
    ask("normal_quantile", stats.norm.ppf(q), "SciPy norm.ppf", q=q)
    ask("normal_cdf", stats.norm.cdf(z), "SciPy norm.cdf", z=z)
    n = int(rng.choice([10, 14, 30, 60]))
    truth = rng.integers(0, 2, n)
    people = np.where(rng.uniform(size=(n, 3)) < 0.8, truth[:, None], 1 - truth[:, None]).astype(float)
    judge = np.where(rng.uniform(size=n) < 0.8, truth, 1 - truth).astype(float)
    units = np.column_stack([judge, people]).tolist()
    epsilon = float(rng.choice([0.1, 0.15, 0.2]))
    ask("annotators", annotators(judge, people, epsilon), "SciPy rankdata, ttest_1samp; statsmodels fdr_by", units=units, epsilon=epsilon)
    d = np.clip(rng.normal(0.2, 0.4, int(rng.integers(20, 100))), -1, 1)
    ask("sequence", betting_sequence(d, 0.05, 1000), "NumPy, by the paper's formulas, same grid", x=d)


for case in range(CASES):
    for family in (numbers, labels, counts, tests):
        family(case)

questions = "".join(json.dumps(question) + "\n" for _, question, *_ in asked)
answers = subprocess.run([sys.argv[1]], input=questions, capture_output=True, text=True, check=True).stdout.splitlines()
rows, failed = {}, 0
for (name, question, expected, tolerance, against), answer in zip(asked, answers, strict=True):
    actual = json.loads(answer) or []
    scale = max([1.0, *map(abs, expected)])
    same_length = len(actual) == len(expected)
    gap = max((abs(a - e) / scale for a, e in zip(actual, expected)), default=0.0) if same_length else math.inf
    count, largest, *_ = rows.get(name, (0, 0.0))
    rows[name] = (count + 1, max(largest, gap), tolerance, against)
    if not gap <= tolerance:
        failed += 1
        if failed <= 15:
            print("DIFFERS", name, json.dumps(question)[:300], "ours", actual[:6], "theirs", expected[:6], file=sys.stderr)
libraries = ("numpy", "scipy", "statsmodels", "scikit-learn", "krippendorff", "irrCAC")
print(", ".join(f"{library} {version(library)}" for library in libraries))
print("\n| function | cases | largest difference | tolerance | compared with |\n|---|---|---|---|---|")
for name, (count, largest, tolerance, against) in sorted(rows.items()):
    print(f"| `{name}` | {count} | {largest:.1e} | {tolerance:.0e} | {against} |")
print(f"\n{len(asked) - failed} of {len(asked)} cases within tolerance.")
sys.exit(1 if failed else 0)
