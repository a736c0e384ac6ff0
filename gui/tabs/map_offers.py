"""What the tab Map offers before its view is made."""

from __future__ import annotations

from .offered import TabOffer

MAP_OFFERS = (
    TabOffer("run_map", "Run map", "Train every point that is not known yet."),
    TabOffer("pause_map", "Pause", "Begin no further points for now."),
    TabOffer("stop_map", "Stop", "Train no more points; what ended is kept."),
    TabOffer("map_where", "Where it runs", "On this machine, or on a cluster."),
    TabOffer("map_address", "Address of a cluster"),
    TabOffer("map_axes", "Axes", "Show or hide the axes of the map."),
    TabOffer("map_add_axis", "Add an axis"),
    TabOffer("map_order", "How axes are combined"),
    TabOffer("map_keep", "What is kept of every point"),
    TabOffer("map_shown", "Map", "Which of the session's maps is shown."),
    TabOffer(
        "edit_map",
        "Back to this map",
        "Edit the experiment of this map again, with its axes; Undo has what was edited.",
    ),
    TabOffer("map_column", "Colour", "What is shown at every place of the map."),
    TabOffer("map_seeds", "Seeds", "What becomes of the values of several seeds."),
    TabOffer("map_across", "Across", "Which axis runs to the right."),
    TabOffer("map_up", "Up", "Which axis runs upwards."),
    TabOffer("map_log", "Log", "Let colours follow the logarithm."),
    TabOffer("map_contour", "Contour at", "A value at which a line is drawn through the map."),
    TabOffer("map_slices_button", "Slices", "A line for each value of an axis."),
    TabOffer("map_lines_button", "Lines", "A line for each point over all axes."),
    TabOffer("map_points_button", "Table", "A row for each point of the map."),
    TabOffer("map_fit", "Laws", "Fit a law to each slice, by least squares."),
    TabOffer("delete_map", "Delete the map"),
    TabOffer("open_point", "Edit as experiment", "Open the experiment of a place of the map."),
    TabOffer("train_point", "Train as run", "Train a place of the map as a run of the session."),
    TabOffer("run_filter", "Filter", "Which points the table shows."),
    TabOffer("columns_button", "Columns", "Which columns of points are shown."),
    TabOffer("group_box", "Group by", "Points with the same value are one row."),
    TabOffer("middle_box", "Shown of groups"),
    TabOffer("export_table", "Export", "Write the table of points."),
)
