/// The figure as a gnuplot script that contains the data.
extension Figure {
    func script(output: String) -> String {
        var lines = [
            "set terminal pngcairo size \(width),\(height) font 'sans,10' background rgb 'white'",
            "set output '\(quoted(output))'",
            "set palette defined (0 '#440154', 0.5 '#21918c', 1 '#fde725')", "set key noenhanced",
        ]
        lines += colors.enumerated().map { "set style line \($0 + 1) lc rgb '\($1)' lw 2 pt 7 ps 0.6" }
        for (number, panel) in panels.enumerated() {
            for (index, series) in panel.series.enumerated() {
                lines += ["$d\(number)_\(index) << END"] + series.dataLines + ["END"]
            }
        }
        let rows = (panels.count + columns - 1) / columns
        lines.append("set multiplot layout \(max(rows, 1)),\(columns)")
        for (number, panel) in panels.enumerated() { lines += panel.commands(number) }
        lines.append("unset multiplot")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Panel {
    private var hasPoints: Bool {
        series.contains { item in
            switch item {
            case .line(let x, let y, _), .points(let x, let y, _), .marked(let x, let y, _), .dashed(let x, let y, _),
                .guide(let x, let y, _):
                zip(x, y).contains { $0.isFinite && $1.isFinite }
            case .bars(_, let heights, _): heights.joined().contains { $0.isFinite }
            case .cloud, .surface, .image: true
            }
        }
    }

    fileprivate func commands(_ number: Int) -> [String] {
        var lines = [
            "set title '\(quoted(title))' noenhanced", "set xlabel '\(quoted(xLabel))'",
            "set ylabel '\(quoted(yLabel))'",
        ]
        if isImage {
            lines += [
                "unset tics", "unset border", "unset colorbox", "unset key", "set size ratio -1",
                "set yrange [] reverse",
                "set palette gray negative",
            ]
        } else if isSpatial {
            lines += ["set ticslevel 0", "unset colorbox", "set style fill transparent solid 0.6", "set view 60,30"]
        } else {
            lines += [
                "set grid lt 1 lc rgb '#dddddd'", "set key below height 1", "set style histogram rowstacked",
                "set boxwidth 0.6",
                "set style fill solid noborder",
            ]
            lines.append("unset logscale")
            if logarithmic != .none { lines.append("set logscale \(logarithmic.rawValue)") }
        }
        if !isImage, !isSpatial, !hasPoints {
            // gnuplot refuses an empty plot.
            return lines + ["set xrange [0:1]", "set yrange [0:1]", "plot NaN notitle", "set autoscale"]
        }
        if let xRange { lines.append("set xrange [\(xRange.lowerBound):\(xRange.upperBound)]") }
        if let yRange { lines.append("set yrange [\(yRange.lowerBound):\(yRange.upperBound)]") }
        if !xTicks.isEmpty { lines.append("set xtics (\(xTicks.map { "\($0)" }.joined(separator: ", ")))") }
        var style = 0
        let parts = series.enumerated().flatMap { index, series in
            if case .dashed = series {} else { style += 1 }
            return series.plots("$d\(number)_\(index)", style: (max(style, 1) - 1) % colors.count + 1)
        }
        lines.append((isSpatial ? "splot " : "plot ") + parts.joined(separator: ", "))
        // Resets the ranges and ticks for the next panel.
        if xRange != nil || yRange != nil { lines.append("set autoscale") }
        if !xTicks.isEmpty { lines.append("set xtics autofreq") }
        return lines
    }
}

extension Panel.Series {
    fileprivate var dataLines: [String] {
        switch self {
        case .line(let x, let y, _), .points(let x, let y, _), .marked(let x, let y, _), .dashed(let x, let y, _),
            .guide(let x, let y, _):
            zip(x, y).map { "\($0) \($1)" }
        case .bars(let labels, let heights, _):
            labels.enumerated().map { bar, label in
                "\"\(label.filter { $0 != "\"" && $0 != "\n" })\" "
                    + heights.map { "\($0[bar])" }.joined(separator: " ")
            }
        case .cloud(let x, let y, let z, _): zip(zip(x, y), z).map { "\($0.0) \($0.1) \($1)" }
        case .surface(let x, let y, let z, _):
            zip(y, z).flatMap { y, row in zip(x, row).map { "\($0) \(y) \($1)" } + [""] }
        case .image(let rows): rows.map { row in row.map { "\($0)" }.joined(separator: " ") }
        }
    }

    /// The arguments of `plot` for the named data.
    fileprivate func plots(_ data: String, style number: Int) -> [String] {
        switch self {
        case .line(_, _, let label): ["\(data) with lines ls \(number) title '\(quoted(label))'"]
        case .points(_, _, let label), .cloud(_, _, _, let label):
            ["\(data) with points ls \(number) title '\(quoted(label))'"]
        case .marked(_, _, let label): ["\(data) with linespoints ls \(number) ps 1.2 title '\(quoted(label))'"]
        case .dashed(_, _, let label): ["\(data) with lines ls \(number) dt 2 title '\(quoted(label))'"]
        case .guide(_, _, let label): ["\(data) with lines lc rgb '#999999' lw 2 dt 2 title '\(quoted(label))'"]
        case .bars(_, _, let names):
            names.enumerated().map { part, name in
                let labels = part == 0 ? ":xtic(1)" : ""
                return
                    "\(data) using \(part + 2)\(labels) with histograms ls \(part % colors.count + 1) title '\(quoted(name))'"
            }
        case .surface(_, _, _, let label): ["\(data) with pm3d title '\(quoted(label))'"]
        case .image: ["\(data) matrix with image notitle"]
        }
    }
}

private let colors = [
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
]

/// Text for gnuplot's single quotes.
private func quoted(_ text: String) -> String {
    text.map { $0 == "'" ? "''" : $0 == "\n" ? " " : String($0) }.joined()
}
