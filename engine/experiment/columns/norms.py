"""Columns about norms, steps and time."""

from __future__ import annotations

from .column import JT19, LL, THINNED, Column

NORMS: tuple[Column, ...] = (
    Column(
        "param_norm",
        "norms",
        "parameter norm (l2)",
        r"\rho=\|\theta\|_2",
        "Euclidean norm of all trained parameters.",
        LL,
        scale="log",
    ),
    Column(
        "norm_l1", "norms", "parameter norm (l1)", r"\|\theta\|_1", "Sum of absolute parameters.", scale="log"
    ),
    Column(
        "norm_linf",
        "norms",
        "parameter norm (l-infinity)",
        r"\|\theta\|_\infty",
        "Largest absolute parameter.",
        scale="log",
    ),
    Column(
        "layer_norm.*",
        "norms",
        "layer norm (l2)",
        r"\|W_k\|_F",
        "Euclidean norm of one layer's weights and biases.",
        JT19,
        scale="log",
    ),
    Column(
        "gradient_norm",
        "norms",
        "normalised gradient norm (l2)",
        r"\|\hat g\|_2,\ \hat g=-\nabla\mathrm{Loss}/S",
        "Norm of the normalised gradient, S the sum of the sample weights -l'(q_n).",
        scale="log",
    ),
    Column(
        "step_size",
        "norms",
        "step size",
        r"a,\ \theta\leftarrow\theta+a\,\hat g",
        "Length of the step that led here, in units of the normalised gradient (Adam: its learning rate).",
        scale="log",
    ),
    Column(
        "log_learning_rate",
        "norms",
        "ln learning rate",
        r"\log\eta=\log a-\log S",
        "Natural log of the true learning rate of the step that led here.",
    ),
    Column(
        "log_time",
        "norms",
        "ln time",
        r"\log T=\log\sum_s\eta_s",
        "Natural log of the sum of all learning rates so far: gradient flow's time.",
        LL,
    ),
    Column(
        "log_rate",
        "norms",
        "rate constant",
        r"E=\log\mathrm{Loss}+\log T+(2-2/L)\log\log T",
        "Bounded where Loss = Theta(1/(T (log T)^(2-2/L))), T the sum of learning rates.",
        f"{LL}, Thm 4.3",
    ),
    Column(
        "norm_growth",
        "norms",
        "parameter norm^L (l2) / ln time",
        r"\|\theta\|_2^L/\log T",
        "Bounded where the norm grows as Theta((log T)^(1/L)); with mini-batches T is the sum of learning rates too.",
        f"{LL}, Thm 4.3",
    ),
    Column(
        "conditioner_spread",
        "norms",
        "spread of the conditioner",
        r"\min h/\max h",
        "AdaGrad, RMSProp: the smallest over the largest weight of a coordinate; 1: plain gradient descent.",
        "Wang et al. 2021",
        scale="log",
    ),
    Column(
        "step_bound",
        "norms",
        "step bound",
        r"B^2=\max_n\|\nabla q_n\|_*^2",
        "Largest squared dual norm of a margin's gradient, in the optimizer's norm: safe steps are c/B².",
        "theory 0.1",
        scale="log",
        cost=THINNED,
    ),
    Column(
        "sharpness",
        "curvature",
        "sharpness of ln loss",
        r"\lambda_{\max}(\nabla^2\log\mathrm{Loss})",
        "Largest eigenvalue of the Hessian of ln loss, by Lanczos iteration.",
        "Cohen et al. 2021",
        cost=THINNED,
    ),
    Column(
        "edge",
        "curvature",
        "learning rate times sharpness",
        r"\eta\,\lambda_{\max}(\nabla^2\mathrm{Loss})",
        "The learning rate of the step from this record times the largest eigenvalue of the loss' own Hessian: "
        "a (Loss/S) λmax(∇² ln Loss + (S/Loss)² ĝĝᵀ), by Lanczos iteration. For gradient descent, SGD (the whole loss "
        "and the mean of its steps) and momentum, weight decay included; of other optimizers no line is known.",
        "Cohen et al. 2021; theory 11",
        scale="log",
        cost=f"the first records, then {THINNED}",
    ),
    Column(
        "edge_line",
        "curvature",
        "edge of stability (Cohen et al. 2021)",
        r"2,\ 2+2\beta,\ (2+2\beta)/(1+2\beta)",
        "Where steps on a quadratic begin to grow: 2 for gradient descent, 2 + 2β for the heavy ball, "
        "(2 + 2β)/(1 + 2β) for Nesterov's momentum.",
        "Cohen et al. 2021; theory 11",
        scale="log",
    ),
)
