/// The bounds of what a `BatchNormalization` with `renorm` corrects by: r from `rmin` to `rmax`, d from −`dmax` to
/// `dmax`. Nil: no bound.
public struct RenormClipping: Hashable, Sendable {
    public let rmin, rmax, dmax: Double?

    public init(rmin: Double? = nil, rmax: Double? = nil, dmax: Double? = nil) {
        (self.rmin, self.rmax, self.dmax) = (rmin, rmax, dmax)
    }

    /// The bounds of r; nil if they contradict each other.
    var factors: ClosedRange<Float>? { Self.range(rmin ?? -.infinity, rmax ?? .infinity) }
    /// The bounds of d; nil if there are none.
    var offsets: ClosedRange<Float>? { Self.range(-(dmax ?? .infinity), dmax ?? .infinity) }

    private static func range(_ low: Double, _ high: Double) -> ClosedRange<Float>? {
        low <= high ? Float(low)...Float(high) : nil
    }
}

extension RenormClipping: ConfigurationConvertible {
    /// Reads an object with some of the bounds.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let bounds = argument.value.object, bounds.keys.allSatisfy(["rmin", "rmax", "dmax"].contains),
            bounds.values.allSatisfy({ $0 == .null || $0.number != nil })
        else { throw argument.mismatch("an object of numbers rmin, rmax and dmax") }
        self.init(rmin: bounds["rmin"]?.number, rmax: bounds["rmax"]?.number, dmax: bounds["dmax"]?.number)
    }
    public var configurationValue: ConfigurationValue {
        .object(
            [("rmin", rmin), ("rmax", rmax), ("dmax", dmax)].reduce(into: [:]) { $0[$1.0] = $1.1?.configurationValue })
    }
}
