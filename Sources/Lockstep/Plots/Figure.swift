import LockstepCompute

/// A picture of one or more panels, drawn by gnuplot.
///
///     var figure = Figure(width: 800, height: 500)
///     figure.add(Panel("loss", series: [.line(epochs, loss, "training"), .line(epochs, validation, "validation")]))
///     try figure.save("loss.png")
public struct Figure: Sendable {
    let width: Int
    let height: Int
    /// The number of panels in a row.
    let columns: Int
    private(set) var panels: [Panel] = []

    /// - Parameters:
    ///   - width: the width of the whole picture, in pixels.
    ///   - height: the height of the whole picture, in pixels.
    public init(width: Int = 800, height: Int = 600, columns: Int = 1) {
        self.width = width
        self.height = height
        self.columns = max(1, columns)
    }

    public mutating func add(_ panel: Panel) { panels.append(panel) }
}

/// Which axes of a panel are logarithmic.
public enum LogarithmicAxes: String, Sendable {
    case none = ""
    case x = "x"
    case both = "xy"
}

/// One panel of a figure.
public struct Panel: Sendable {
    public enum Series: Sendable {
        case line([Double], [Double], String)
        case points([Double], [Double], String)
        /// A line with a mark at each point, for a few measured values.
        case marked([Double], [Double], String)
        /// A dashed line in the colour of the series before it.
        case dashed([Double], [Double], String)
        /// A dashed grey reference line.
        case guide([Double], [Double], String)
        /// Stacked bars, one for each label: `heights[part][bar]`, with the names of the parts. The first part is at
        /// the bottom.
        case bars([String], [[Double]], [String])
        /// Points in space.
        case cloud([Double], [Double], [Double], String)
        /// Heights over a grid, `z[row][column]` at `(x[column], y[row])`.
        case surface([Double], [Double], [[Double]], String)
        /// A greyscale picture, with the first row at the top. The panel then has no axes.
        case image([[Double]])
    }

    let title: String
    let xLabel: String
    let yLabel: String
    let series: [Series]
    let xRange: ClosedRange<Double>?
    let xTicks: [Double]
    let yRange: ClosedRange<Double>?
    let logarithmic: LogarithmicAxes

    /// - Parameters:
    ///   - xRange: nil uses the range of the data; the same holds for `yRange`.
    ///   - xTicks: the labelled positions on the axis; if empty, gnuplot chooses.
    public init(
        _ title: String = "", xLabel: String = "", yLabel: String = "", series: [Series],
        xRange: ClosedRange<Double>? = nil,
        xTicks: [Double] = [], yRange: ClosedRange<Double>? = nil, logarithmic: LogarithmicAxes = .none
    ) {
        self.logarithmic = logarithmic
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
        self.xRange = xRange
        self.xTicks = xTicks
        self.yRange = yRange
    }

    var isSpatial: Bool {
        series.contains {
            switch $0 {
            case .cloud, .surface: true
            default: false
            }
        }
    }

    var isImage: Bool {
        series.contains { if case .image = $0 { true } else { false } }
    }
}
