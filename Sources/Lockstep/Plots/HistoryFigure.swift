extension History {
    /// The loss and each metric over the epochs, training and validation together.
    public func figure() -> Figure { Figure([("", self)]) }

    /// The values of a name, with the numbers of their epochs, from 1. If there are fewer values than epochs, as with a
    /// validation every few epochs, each value is at the last of its epochs.
    fileprivate func curve(_ name: String) -> (epochs: [Double], values: [Double])? {
        guard let values = history[name], !values.isEmpty || epoch.isEmpty else { return nil }
        let stride = values.isEmpty ? 1 : max(1, epoch.count / values.count)
        return (values.indices.map { Double(epoch[min(($0 + 1) * stride, epoch.count) - 1] + 1) }, values)
    }
}

extension Figure {
    /// The loss and each metric of several histories over the epochs, one panel each. If there are several histories,
    /// each has a colour, and validation is dashed.
    public init(_ histories: [(name: String, history: History)]) {
        // The loss comes first, whatever the order of the names in a file.
        var shown =
            histories.contains { $0.history.names.contains { $0 == "loss" || $0 == "val_loss" } } ? ["loss"] : []
        for name in histories.flatMap(\.history.names) {
            let base = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
            if !shown.contains(base) { shown.append(base) }
        }
        let columns = max(1, min(shown.count, 3))
        let rows = (shown.count + columns - 1) / columns
        self.init(width: 520 * columns, height: 400 * max(rows, 1), columns: columns)
        let last = histories.flatMap(\.history.epoch).max().map { $0 + 1 } ?? 0
        // For few epochs gnuplot would add ticks between them.
        let ticks = (0..<last).map { Double($0 + 1) }
        for name in shown {
            var series: [Panel.Series] = []
            var values: [Double] = []
            for (label, history) in histories {
                let prefix = label.isEmpty ? "" : label + " "
                let training = history.curve(name)
                if let (x, y) = training { series.append(Self.line(x, y, prefix + "training")) }
                values += (training?.values ?? []) + (history.curve("val_" + name)?.values ?? [])
                guard let (x, y) = history.curve("val_" + name) else { continue }
                let isAlone = histories.count == 1 || training == nil
                series.append(isAlone ? Self.line(x, y, prefix + "validation") : .dashed(x, y, prefix + "validation"))
            }
            add(
                Panel(
                    name, xLabel: "epoch", series: series, xRange: last == 1 ? 0...2 : nil,
                    xTicks: last <= 10 ? ticks : [],
                    yRange: Self.range(values)))
        }
    }

    /// A range around values that are all equal, because gnuplot warns of an empty range; nil for other values.
    private static func range(_ values: [Double]) -> ClosedRange<Double>? {
        guard let value = values.first, value.isFinite, values.allSatisfy({ $0 == value }) else { return nil }
        let margin = max(abs(value), 1) / 20
        return value - margin...value + margin
    }

    /// A single point is drawn as a mark, because it gives no line.
    private static func line(_ x: [Double], _ y: [Double], _ label: String) -> Panel.Series {
        x.count > 1 ? .line(x, y, label) : .marked(x, y, label)
    }
}
