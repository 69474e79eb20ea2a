/// A figure in gnuplot's language, with its data in it.
extension Figure {
    func script(output: String) -> String {
        var lines = [
            "set terminal pngcairo size \(width),\(height) font 'sans,10' background rgb 'white'", "set output '\(quoted(output))'",
            "set style line 1 lc rgb '#1f77b4' lw 2 pt 7 ps 0.6", "set style line 2 lc rgb '#ff7f0e' lw 2 pt 7 ps 0.6",
            "set style line 3 lc rgb '#2ca02c' lw 2 pt 7 ps 0.6", "set palette defined (0 '#440154', 0.5 '#21918c', 1 '#fde725')",
            "set key noenhanced",
        ]
        for (number, panel) in panels.enumerated() {
            for (index, series) in panel.series.enumerated() { lines += ["$d\(number)_\(index) << END"] + series.dataLines + ["END"] }
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
            case .line(let x, let y, _), .points(let x, let y, _): zip(x, y).contains { $0.isFinite && $1.isFinite }
            case .cloud, .surface, .image: true
            }
        }
    }

    fileprivate func commands(_ number: Int) -> [String] {
        var lines = ["set title '\(quoted(title))' noenhanced", "set xlabel '\(quoted(xLabel))'", "set ylabel '\(quoted(yLabel))'"]
        if isImage {
            lines += [
                "unset tics", "unset border", "unset colorbox", "unset key", "set size ratio -1", "set yrange [] reverse",
                "set palette gray negative",
            ]
        } else if isSpatial {
            lines += ["set ticslevel 0", "unset colorbox", "set style fill transparent solid 0.6", "set view 60,30"]
        } else {
            lines += ["set grid lt 1 lc rgb '#dddddd'", "set key below height 1"]
            lines.append(isLogarithmic ? "set logscale xy" : "unset logscale")
        }
        if !isImage, !isSpatial, !hasPoints {
            // gnuplot refuses a plot of nothing.
            return lines + ["set xrange [0:1]", "set yrange [0:1]", "plot NaN notitle", "set autoscale"]
        }
        let parts = series.enumerated().map { index, series in "$d\(number)_\(index) " + series.style(index + 1) }
        return lines + [(isSpatial ? "splot " : "plot ") + parts.joined(separator: ", ")]
    }
}

extension Panel.Series {
    fileprivate var dataLines: [String] {
        switch self {
        case .line(let x, let y, _), .points(let x, let y, _): zip(x, y).map { "\($0) \($1)" }
        case .cloud(let x, let y, let z, _): zip(zip(x, y), z).map { "\($0.0) \($0.1) \($1)" }
        case .surface(let x, let y, let z, _):
            zip(y, z).flatMap { y, row in zip(x, row).map { "\($0) \(y) \($1)" } + [""] }
        case .image(let rows): rows.map { row in row.map { "\($0)" }.joined(separator: " ") }
        }
    }

    fileprivate func style(_ number: Int) -> String {
        switch self {
        case .line(_, _, let label): "with lines ls \(number) title '\(quoted(label))'"
        case .points(_, _, let label): "with points ls \(number) title '\(quoted(label))'"
        case .cloud(_, _, _, let label): "with points ls \(number) title '\(quoted(label))'"
        case .surface(_, _, _, let label): "with pm3d title '\(quoted(label))'"
        case .image: "matrix with image notitle"
        }
    }
}

/// Text within gnuplot's single quotes.
private func quoted(_ text: String) -> String {
    text.map { $0 == "'" ? "''" : $0 == "\n" ? " " : String($0) }.joined()
}
