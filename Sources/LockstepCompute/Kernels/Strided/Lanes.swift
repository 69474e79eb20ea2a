/// Eight neighbouring elements, which the compiler puts into the vectors of any machine.
typealias Lanes = SIMD8<Float>

extension Lanes {
    static var width: Int { 8 }

    /// `count` elements, at most eight, each `stride` after the one before; the other lanes are zero. With a stride of
    /// 0, all lanes hold the first element.
    @inline(__always)
    init(_ pointer: UnsafePointer<Float>, stride: Int = 1, count: Int = Lanes.width) {
        if stride == 0 {
            self.init(repeating: pointer[0])
        } else if stride == 1, count == Self.width {
            self = UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
        } else {
            self.init()
            for lane in 0..<count { self[lane] = pointer[lane &* stride] }
        }
    }

    @inline(__always)
    func store(_ pointer: UnsafeMutablePointer<Float>, stride: Int = 1, count: Int = Lanes.width) {
        if stride == 1, count == Self.width {
            UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self)
        } else {
            for lane in 0..<count { pointer[lane &* stride] = self[lane] }
        }
    }

    /// The first `count` lanes; the other lanes are replaced.
    @inline(__always)
    func first(_ count: Int, else other: Float) -> Lanes {
        count == Self.width
            ? self
            : replacing(with: other, where: SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7) .>= Int32(truncatingIfNeeded: count))
    }

    /// The sum of the lanes, in pairs.
    @inline(__always)
    var total: Float {
        let fours = lowHalf + highHalf
        let pairs = fours.lowHalf + fours.highHalf
        return pairs[0] + pairs[1]
    }

    /// A function of each lane.
    @inline(__always)
    func map(_ function: (Float) -> Float) -> Lanes {
        var result = self
        for lane in 0..<Self.width { result[lane] = function(self[lane]) }
        return result
    }
}
