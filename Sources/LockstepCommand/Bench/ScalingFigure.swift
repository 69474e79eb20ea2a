import Lockstep

extension Scaling {
    /// Speed-up and efficiency with their ideals, and the parts of a step's time.
    func figure() -> Figure {
        let ranks = points.map { Double($0.ranks) }
        let ideal = ranks.map { $0 / ranks[0] }
        let (first, last) = (ranks.first ?? 1, ranks.last ?? 1)
        let margin = max(0.5, 0.06 * (last - first))
        // Labels that would overlap the next one are left out.
        var ticks: [Double] = []
        for value in ranks.reversed() where ticks.isEmpty || ticks[0] - value > (last - first) / 18 {
            ticks.insert(value, at: 0)
        }
        func panel(_ title: String, top: Double, _ series: [Panel.Series]) -> Panel {
            Panel(
                title, xLabel: "ranks", series: series, xRange: first - margin...last + margin, xTicks: ticks,
                yRange: 0...top)
        }

        let speedUps = points.map(\.speedUp)
        let efficiencies = points.map(\.efficiency)
        var figure = Figure(width: 1440, height: 440, columns: 3)
        figure.add(
            panel(
                "\(workload): speed-up", top: 1.08 * max(ideal.max() ?? 1, speedUps.max() ?? 1),
                [.marked(ranks, speedUps, "measured"), .guide(ranks, ideal, "ideal")]))
        figure.add(
            panel(
                "efficiency", top: 1.08 * max(1, efficiencies.max() ?? 1),
                [.marked(ranks, efficiencies, "measured"), .guide(ranks, ranks.map { _ in 1 }, "ideal")]))

        let longest = points.map { point in parts.reduce(0) { $0 + (point.partsUs[$1] ?? 0) } }.max() ?? 0
        let (unit, scale) = longest < 10_000 ? ("µs", 1.0) : ("ms", 1e-3)
        let heights = parts.map { part in points.map { ($0.partsUs[part] ?? 0) * scale } }
        figure.add(
            Panel(
                "parts of a step, \(batch)", xLabel: "ranks", yLabel: unit,
                series: [.bars(points.map { "\($0.ranks)" }, heights, parts)],
                yRange: 0...max(1.08 * longest * scale, 1e-3)))
        return figure
    }
}
