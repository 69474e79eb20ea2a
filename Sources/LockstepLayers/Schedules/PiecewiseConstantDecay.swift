/// The first value up to and including the step of the first boundary, the second value up to and including the second
/// boundary, and so on. The last value holds after all boundaries.
///
///     PiecewiseConstantDecay(boundaries: [1000, 2000], values: [0.1, 0.05, 0.01])
public struct PiecewiseConstantDecay: LearningRateSchedule {
    @Configured public private(set) var boundaries: [Int]
    @Configured public private(set) var values: [Double]

    public init(boundaries: [Int], values: [Double]) {
        self.boundaries = boundaries
        self.values = values
    }

    public static var defaultName: String { "PiecewiseConstant" }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(boundaries: try arguments.value("boundaries"), values: try arguments.value("values"))
    }

    public var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] {
        let count = Double(boundaries.count + 1)
        return [
            ("values.count", Double(values.count), count...count),
            ("boundaries.count", count - 1, 1...(.greatestFiniteMagnitude)),
        ]
            + values.map { ("values", $0, 0...(.greatestFiniteMagnitude)) }
            + zip(boundaries, boundaries.dropFirst()).map {
                ("boundaries", Double($1), Double($0).nextUp...(.greatestFiniteMagnitude))
            }
    }

    public func rate(step: Int) -> Double {
        let place = boundaries.firstIndex { step <= $0 } ?? boundaries.count
        // Too few values are an error when the model is compiled; until then the last one holds.
        return place < values.count ? values[place] : values.last ?? 0
    }
}
