"""Solve the exact references that apply to a run, before its first step."""

from __future__ import annotations

from functools import partial

from .measurements import References, chosen_groups
from .measurements.base import solve_each
from .measurements.kernel import KERNEL, solve_kernel_references
from .measurements.predictor import is_linear, reference_inputs, why_no_reference
from .references import Reference, ReferenceUnavailable, f1_margin, hard_margin_svm, multiclass_svm
from .setting import Setting

PREDICTOR_GROUPS = {"margins", "directions"}


def solve_references(setting: Setting) -> References:
    """Solve what the run's measurements compare with; what has no exact answer says why."""
    groups = set(chosen_groups(setting))
    why: dict[str, str] = {}
    why_not_all = {}
    predictor: tuple[Reference | None, ...] = ()
    if groups & PREDICTOR_GROUPS:
        reason = why_no_reference(setting)
        if reason:
            why["margin reference"] = reason
        else:
            try:
                solved, missing = solve_each(partial(_predictor, setting), len(setting.datasets))
                predictor = tuple(solved) if len(solved) > 1 else (solved[0],) * setting.replicas
                why_not_all["margin reference"] = missing
            except ReferenceUnavailable as error:
                why["margin reference"] = str(error)
    kernel: tuple[tuple[Reference, ...], ...] = ()
    if "kernel" in groups:
        try:
            kernel, why_not_all[KERNEL] = solve_kernel_references(setting)
        except ReferenceUnavailable as error:
            why[KERNEL] = str(error)
    return References(predictor, kernel, why, {name: said for name, said in why_not_all.items() if said})


def _predictor(setting: Setting, r: int) -> Reference:
    x, labels = reference_inputs(setting, r), setting.dataset(r).labels
    if not is_linear(setting):
        return f1_margin(x, labels)
    if setting.network.outputs_count == 1:
        return hard_margin_svm(labels[:, None] * x)
    return multiclass_svm(x, labels, setting.network.outputs_count)
