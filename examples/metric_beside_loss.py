"""A score beside the loss: at eight times the tokens, what will the benchmark say?

Run it in any folder: python metric_beside_loss.py. It writes nothing.
"""

import numpy as np

import lawcast as lc

# A made-up run: 20 checkpoints, and a test of 1,000 questions with four choices at each of them.
rng = np.random.default_rng(4)


def true_loss(tokens):
    """A power law with a floor."""
    return 1.7 + 480 * tokens**-0.28


def true_score(loss):
    """From a guess (0.25) to the share of questions that have one right answer (0.92)."""
    return 0.25 + 0.67 / (1 + np.exp(5.0 * (loss - 2.5)))


tokens = np.geomspace(1e9, 6e10, 20)
loss = true_loss(tokens) * np.exp(rng.normal(0, 0.004, tokens.size))
score = rng.binomial(1000, true_score(loss)) / 1000

# Both are cast forward together: every draw of the loss goes through a draw of the link.
made = lc.extrapolate_score(
    tokens, loss, score, at=["2x", "8x"], chance=0.25, n_items=1000, variable="tokens", rng=0
)
print(made.summary())
for reach, estimate in zip((2, 8), made.scores, strict=True):
    truth = true_score(true_loss(reach * tokens.max()))
    assert estimate.interval is not None
    low, high = estimate.interval.low, estimate.interval.high
    print(f"\nscore at {reach}x  {estimate.value:.3f} [{low:.3f}, {high:.3f}]", end="   ")
    print(f"(truth {truth:.3f})")

# Straight from compute: a loss with a floor slows down, which this link cannot see.
compute = 6 * 1e9 * tokens
direct = lc.fit_link(compute, score, chance=0.25, n_items=1000, on="compute", rng=0)
(guess,) = direct.predict(8 * compute.max())
assert guess.interval is not None
print(f"\nfrom compute alone  {guess.value:.3f} ", end="")
print(f"[{guess.interval.low:.3f}, {guess.interval.high:.3f}]")

# A page with the figure: lc.report(made).save("score.html")
