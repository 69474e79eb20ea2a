import Lockstep

/// The times of one exchange strategy, by size.
struct ExchangeResult: Encodable {
    let strategy: String
    let ranks: Int
    private(set) var bytes: [Int] = []
    private(set) var us: [Double] = []
    /// The fit `seconds = latency + bytes / bandwidth`.
    private(set) var latencyUs = 0.0
    private(set) var gbPerS = 0.0

    init(strategy: String, ranks: Int) {
        self.strategy = strategy
        self.ranks = ranks
    }

    mutating func add(bytes: Int, seconds: Double) {
        self.bytes.append(bytes)
        us.append(seconds * 1e6)
        let line = LinearFit(x: self.bytes.map(Double.init), y: us)
        latencyUs = line.intercept
        gbPerS = line.slope > 0 ? 1e-3 / line.slope : 0
    }

    /// The times of all strategies for the last size, each compared with the first strategy.
    static func line(_ results: [ExchangeResult]) -> String {
        column(Double(results[0].bytes.last ?? 0), digits: 0, width: 10)
            + results.map { result in
                let (bytes, time) = (Double(result.bytes.last ?? 0), result.us.last ?? 0)
                return "  " + column(time, digits: 1, width: 16) + column(bytes / time * 1e-3, digits: 2, width: 7)
                    + column((results[0].us.last ?? 0) / time, digits: 1, width: 7)
            }.joined()
    }

    var fitLine: String {
        "\(column(strategy, width: 13)) costs \(column(latencyUs, digits: 1, width: 0)) µs and \(column(gbPerS, digits: 2, width: 0)) GB/s"
    }

    static func figure(_ results: [ExchangeResult]) -> Figure {
        var figure = Figure(width: 800, height: 500)
        figure.add(
            Panel(
                "An exchange with its update, \(results.first?.ranks ?? 0) ranks", xLabel: "bytes of gradients",
                yLabel: "µs",
                series: results.map { .line($0.bytes.map(Double.init), $0.us, $0.strategy) }, logarithmic: .both))
        return figure
    }
}

/// The line through points with the least squared relative error, so that small sizes count as much as large ones. A
/// cost cannot begin below 0. If the best line would, because large sizes leave the caches, it is the best line through
/// 0.
struct LinearFit {
    let intercept, slope: Double

    init(x: [Double], y: [Double]) {
        var (w, wx, wy, wxx, wxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (x, y) in zip(x, y) where y > 0 {
            let weight = 1 / (y * y)
            w += weight
            wx += weight * x
            wy += weight * y
            wxx += weight * x * x
            wxy += weight * x * y
        }
        let determinant = w * wxx - wx * wx
        let best = determinant > 0 ? (w * wxy - wx * wy) / determinant : 0
        let height = w > 0 ? (wy - best * wx) / w : 0
        slope = height < 0 ? wxy / wxx : best
        intercept = max(height, 0)
    }
}
