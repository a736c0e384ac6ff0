"""Solve the exact references that apply to a run, before its first step."""

from __future__ import annotations

from collections.abc import Sequence

from .measurements import References, chosen_groups
from .measurements.kernel import solve_kernel_references
from .measurements.predictor import is_linear, reference_inputs, why_no_reference
from .references import Reference, ReferenceUnavailable, f1_margin, hard_margin_svm, multiclass_svm
from .setting import Setting

PREDICTOR_GROUPS = {"margins", "directions"}


def solve_references(setting: Setting) -> References:
    """Solve what the run's measurements compare with; what has no exact answer says why."""
    groups = set(chosen_groups(setting))
    why: dict[str, str] = {}
    predictor: tuple[Reference, ...] = ()
    if groups & PREDICTOR_GROUPS:
        reason = why_no_reference(setting)
        if reason:
            why["margin reference"] = reason
        else:
            try:
                predictor = _for_replicas(
                    setting, [_predictor(setting, r) for r in range(len(setting.datasets))]
                )
            except ReferenceUnavailable as error:
                why["margin reference"] = str(error)
    kernel: tuple[tuple[Reference, ...], ...] = ()
    if "kernel" in groups:
        try:
            kernel = solve_kernel_references(setting)
        except ReferenceUnavailable as error:
            why["kernel reference"] = str(error)
    return References(predictor, kernel, why)


def _for_replicas(setting: Setting, solved: Sequence[Reference]) -> tuple[Reference, ...]:
    return tuple(solved) if len(solved) > 1 else (solved[0],) * setting.replicas


def _predictor(setting: Setting, r: int) -> Reference:
    x, labels = reference_inputs(setting, r), setting.dataset(r).labels
    if not is_linear(setting):
        return f1_margin(x, labels)
    if setting.network.outputs_count == 1:
        return hard_margin_svm(labels[:, None] * x)
    return multiclass_svm(x, labels, setting.network.outputs_count)
