"""The papers that presets name, as one cites them; CITATION.cff lists the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One paper."""

    called: str
    """How presets call it, such as 'Lyu & Li 2020'."""
    authors: tuple[str, ...]
    """Given names, a bar, family names."""
    title: str
    year: int
    """Of its first publication as a preprint or at a conference, as the lab calls it."""
    arxiv: str

    @property
    def key(self) -> str:
        """Return what a text cites it by."""
        first = self.authors[0].partition("|")[2]
        return f"{first.lower()}{self.year}{self.title.split()[0].strip(':').lower()}"

    def bibtex(self) -> str:
        """Return its entry for a bibliography."""
        authors = " and ".join(
            f"{family}, {given}" for given, _, family in (name.partition("|") for name in self.authors)
        )
        return _entry(
            "misc",
            self.key,
            {
                "author": authors,
                "title": f"{{{self.title}}}",
                "year": str(self.year),
                "eprint": self.arxiv,
                "archiveprefix": "arXiv",
            },
        )


PAPERS = (
    Paper(
        "Soudry et al. 2018",
        ("Daniel|Soudry", "Elad|Hoffer", "Mor Shpigel|Nacson", "Suriya|Gunasekar", "Nathan|Srebro"),
        "The Implicit Bias of Gradient Descent on Separable Data",
        2018,
        "1710.10345",
    ),
    Paper(
        "Gunasekar et al. 2018",
        ("Suriya|Gunasekar", "Jason|Lee", "Daniel|Soudry", "Nathan|Srebro"),
        "Characterizing Implicit Bias in Terms of Optimization Geometry",
        2018,
        "1802.08246",
    ),
    Paper(
        "Jacot, Gabriel & Hongler 2018",
        ("Arthur|Jacot", "Franck|Gabriel", "Clément|Hongler"),
        "Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
        2018,
        "1806.07572",
    ),
    Paper(
        "Maennel, Bousquet & Gelly 2018",
        ("Hartmut|Maennel", "Olivier|Bousquet", "Sylvain|Gelly"),
        "Gradient Descent Quantizes ReLU Network Features",
        2018,
        "1803.08367",
    ),
    Paper(
        "Wei, Lee, Liu & Ma 2019",
        ("Colin|Wei", "Jason D.|Lee", "Qiang|Liu", "Tengyu|Ma"),
        "Regularization Matters: Generalization and Optimization of Neural Nets v.s. their Induced Kernel",
        2019,
        "1810.05369",
    ),
    Paper(
        "Ji & Telgarsky 2019",
        ("Ziwei|Ji", "Matus|Telgarsky"),
        "Gradient descent aligns the layers of deep linear networks",
        2019,
        "1810.02032",
    ),
    Paper(
        "Chizat, Oyallon & Bach 2019",
        ("Lénaïc|Chizat", "Edouard|Oyallon", "Francis|Bach"),
        "On Lazy Training in Differentiable Programming",
        2019,
        "1812.07956",
    ),
    Paper(
        "Lyu & Li 2020",
        ("Kaifeng|Lyu", "Jian|Li"),
        "Gradient Descent Maximizes the Margin of Homogeneous Neural Networks",
        2020,
        "1906.05890",
    ),
    Paper(
        "Ji & Telgarsky 2020",
        ("Ziwei|Ji", "Matus|Telgarsky"),
        "Directional convergence and alignment in deep learning",
        2020,
        "2006.06657",
    ),
    Paper(
        "Chizat & Bach 2020",
        ("Lénaïc|Chizat", "Francis|Bach"),
        "Implicit Bias of Gradient Descent for Wide Two-layer Neural Networks Trained with the Logistic Loss",
        2020,
        "2002.04486",
    ),
    Paper(
        "Papyan, Han & Donoho 2020",
        ("Vardan|Papyan", "X. Y.|Han", "David L.|Donoho"),
        "Prevalence of Neural Collapse during the terminal phase of deep learning training",
        2020,
        "2008.08186",
    ),
    Paper(
        "Mixon, Parshall & Pi 2020",
        ("Dustin G.|Mixon", "Hans|Parshall", "Jianzong|Pi"),
        "Neural collapse with unconstrained features",
        2020,
        "2011.11619",
    ),
    Paper(
        "Cohen et al. 2021",
        ("Jeremy|Cohen", "Simran|Kaur", "Yuanzhi|Li", "J. Zico|Kolter", "Ameet|Talwalkar"),
        "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability",
        2021,
        "2103.00065",
    ),
    Paper(
        "Wang et al. 2021",
        ("Bohan|Wang", "Qi|Meng", "Wei|Chen", "Tie-Yan|Liu"),
        "The Implicit Bias for Adaptive Optimization Algorithms on Homogeneous Neural Networks",
        2021,
        "2012.06244",
    ),
    Paper(
        "Luo, Xu, Ma & Zhang 2021",
        ("Tao|Luo", "Zhi-Qin John|Xu", "Zheng|Ma", "Yaoyu|Zhang"),
        "Phase Diagram for Two-layer ReLU Neural Networks at Infinite-width Limit",
        2021,
        "2007.07497",
    ),
    Paper(
        "Li, Luo & Lyu 2021",
        ("Zhiyuan|Li", "Yuping|Luo", "Kaifeng|Lyu"),
        "Towards Resolving the Implicit Bias of Gradient Descent for Matrix Factorization: "
        "Greedy Low-Rank Learning",
        2021,
        "2012.09839",
    ),
    Paper(
        "Jacot, Ged et al. 2021",
        ("Arthur|Jacot", "François|Ged", "Berfin|Şimşek", "Clément|Hongler", "Franck|Gabriel"),
        "Saddle-to-Saddle Dynamics in Deep Linear Networks: Small Initialization Training, "
        "Symmetry, and Sparsity",
        2021,
        "2106.15933",
    ),
    Paper(
        "Ji et al. 2022",
        ("Wenlong|Ji", "Yiping|Lu", "Yiliang|Zhang", "Zhun|Deng", "Weijie J.|Su"),
        "An Unconstrained Layer-Peeled Perspective on Neural Collapse",
        2022,
        "2110.02796",
    ),
    Paper(
        "Kunin et al. 2022",
        ("Daniel|Kunin", "Atsushi|Yamamura", "Chao|Ma", "Surya|Ganguli"),
        "The Asymmetric Maximum Margin Bias of Quasi-Homogeneous Neural Networks",
        2022,
        "2210.03820",
    ),
    Paper(
        "Telgarsky 2022",
        ("Matus|Telgarsky",),
        "Feature selection and low test error in shallow low-rotation ReLU networks",
        2022,
        "2208.02789",
    ),
    Paper(
        "Sun et al. 2022",
        ("Haoyuan|Sun", "Kwangjun|Ahn", "Christos|Thrampoulidis", "Navid|Azizan"),
        "Mirror Descent Maximizes Generalized Margin and Can Be Implemented Efficiently",
        2022,
        "2205.12808",
    ),
    Paper(
        "Boursier, Pillaud-Vivien & Flammarion 2022",
        ("Etienne|Boursier", "Loucas|Pillaud-Vivien", "Nicolas|Flammarion"),
        "Gradient flow dynamics of shallow ReLU networks for square loss and orthogonal inputs",
        2022,
        "2206.00939",
    ),
    Paper(
        "Wu, Braverman & Lee 2023",
        ("Jingfeng|Wu", "Vladimir|Braverman", "Jason D.|Lee"),
        "Implicit Bias of Gradient Descent for Logistic Regression at the Edge of Stability",
        2023,
        "2305.11788",
    ),
    Paper(
        "Lyu, Jin, Li, Du, Lee & Hu 2023",
        ("Kaifeng|Lyu", "Jikai|Jin", "Zhiyuan|Li", "Simon S.|Du", "Jason D.|Lee", "Wei|Hu"),
        "Dichotomy of Early and Late Phase Implicit Biases Can Provably Induce Grokking",
        2023,
        "2311.18817",
    ),
    Paper(
        "Pesme & Flammarion 2023",
        ("Scott|Pesme", "Nicolas|Flammarion"),
        "Saddle-to-Saddle Dynamics in Diagonal Linear Networks",
        2023,
        "2304.00488",
    ),
    Paper(
        "Min, Mallada & Vidal 2023",
        ("Hancheng|Min", "Enrique|Mallada", "René|Vidal"),
        "Early Neuron Alignment in Two-layer ReLU Networks with Small Initialization",
        2023,
        "2307.12851",
    ),
    Paper(
        "Tsilivis et al. 2024",
        ("Nikolaos|Tsilivis", "Eitan|Gronich", "Gal|Vardi", "Julia|Kempe"),
        "Flavors of Margin: Implicit Bias of Steepest Descent in Homogeneous Neural Networks",
        2024,
        "2410.22069",
    ),
    Paper(
        "Zhang, Zou & Cao 2024",
        ("Chenyang|Zhang", "Difan|Zou", "Yuan|Cao"),
        "The Implicit Bias of Adam on Separable Data",
        2024,
        "2406.10650",
    ),
    Paper(
        "Wu, Bartlett, Telgarsky & Yu 2024",
        ("Jingfeng|Wu", "Peter L.|Bartlett", "Matus|Telgarsky", "Bin|Yu"),
        "Large Stepsize Gradient Descent for Logistic Loss: Non-Monotonicity of the Loss Improves Optimization "
        "Efficiency",
        2024,
        "2402.15926",
    ),
    Paper(
        "Boursier & Flammarion 2024",
        ("Etienne|Boursier", "Nicolas|Flammarion"),
        "Early Alignment in Two-Layer Networks Training is a Two-Edged Sword",
        2024,
        "2401.10791",
    ),
    Paper(
        "Cai et al. 2025",
        (
            "Yuhang|Cai",
            "Kangjie|Zhou",
            "Jingfeng|Wu",
            "Song|Mei",
            "Michael|Lindsey",
            "Peter L.|Bartlett",
        ),
        "Implicit Bias of Gradient Descent for Non-Homogeneous Deep Networks",
        2025,
        "2502.16075",
    ),
    Paper(
        "Schechtman & Schreuder 2025",
        ("Sholom|Schechtman", "Nicolas|Schreuder"),
        "The late-stage training dynamics of (stochastic) subgradient descent on homogeneous neural networks",
        2025,
        "2502.05668",
    ),
    Paper(
        "Gronich & Vardi 2026",
        ("Eitan|Gronich", "Gal|Vardi"),
        "The Implicit Bias of Adam and Muon on Smooth Homogeneous Neural Networks",
        2026,
        "2602.16340",
    ),
    Paper(
        "Ataee Tarzanagh et al. 2023",
        ("Davoud|Ataee Tarzanagh", "Yingcong|Li", "Christos|Thrampoulidis", "Samet|Oymak"),
        "Transformers as Support Vector Machines",
        2023,
        "2308.16898",
    ),
)
LAB = "Margin Lab: a desktop laboratory for the implicit bias of gradient methods"


def papers_in(reference: str) -> list[Paper]:
    """Return the papers that a reference names, such as 'after Lyu & Li 2020, Fig. 1; Ji et al. 2022'."""
    return [paper for paper in PAPERS if paper.called in reference]


def citation(reference: str, version: str) -> str:
    """Return entries for a bibliography: of the papers that a reference names, and of the lab.

    Args:
        reference: what a preset says of its paper; '' for none. One that is not known is written as a comment.
        version: of the lab.
    """
    papers = papers_in(reference)
    entries = [paper.bibtex() for paper in papers]
    known = ";".join(paper.called for paper in papers)
    others = [part.strip() for part in reference.split(";") if part.strip() and not papers_in(part)]
    entries += [f"% {' '.join(part.split())}" for part in others if part not in known]
    lab = {"author": "{Margin Lab developers}", "title": f"{{{LAB}}}", "version": version}
    return "\n\n".join([*entries, _entry("software", "marginlab", lab)]) + "\n"


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    rows = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{rows}\n}}"
