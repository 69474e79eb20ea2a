import LockstepCompute
import LockstepGraph

extension OperationCase {
    /// Convolutions of every kind over sequences, images and volumes, with strides, dilations and both paddings.
    static let convolutions = depthwise + grouped + volumes + transposed

    /// A window over each dimension.
    private static func windows(
        _ sizes: [Int], taps: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, isSame: Bool
    ) -> [Window] {
        sizes.indices.map {
            Window(
                size: sizes[$0], taps: taps[$0], stride: strides?[$0] ?? 1, dilation: dilations?[$0] ?? 1,
                isSame: isSame)
        }
    }

    /// The windows of a transposed convolution over inputs of these sizes.
    private static func transposed(
        _ sizes: [Int], taps: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, isSame: Bool, padding: [Int]? = nil
    ) -> [Window] {
        sizes.indices.map {
            Window(
                transposedOver: sizes[$0], taps: taps[$0], stride: strides?[$0] ?? 1, dilation: dilations?[$0] ?? 1,
                isSame: isSame, outputPadding: padding?[$0])
        }
    }

    private static let depthwise: [OperationCase] = [
        (windows([9], taps: [3], isSame: false), 5, 1), (windows([8], taps: [4], strides: [3], isSame: true), 17, 2),
        (windows([7, 6], taps: [3, 3], isSame: true), 33, 1),
        (windows([9, 8], taps: [3, 2], strides: [2, 3], isSame: true), 3, 1),
        (windows([11, 10], taps: [5, 5], strides: [2, 2], isSame: true), 16, 1),
        (windows([9, 10], taps: [2, 3], dilations: [3, 2], isSame: false), 4, 3),
        (windows([5, 20], taps: [1, 9], isSame: true), 8, 1),
        (windows([4, 4], taps: [1, 1], strides: [3, 3], isSame: false), 2, 1),
        (windows([9, 9], taps: [9, 9], isSame: true), 2, 1),
    ].map { (item: ([Window], Int, Int)) in
        let (windows, channels, multiplier) = item
        let kernel = Shape(windows.map(\.taps) + [channels, multiplier])
        return OperationCase(
            "depthwise \(describe(windows)) of \(channels)·\(multiplier) channels",
            [Shape(windows.map(\.size) + [channels])], weights: [kernel]
        ) {
            depthwiseConvolution($0[0], $1[0], windows: windows, multiplier: multiplier)
        } oracle: {
            let grouped = Shape(windows.map(\.taps) + [1, channels * multiplier])
            return Naive.convolution(
                $0[0], Naive(grouped.dimensions, values: $0[1].values), windows, groups: channels)
        }
    }

    private static let grouped: [OperationCase] = [
        (windows([9], taps: [3], isSame: true), 6, 9, 3),
        (windows([5, 6], taps: [3, 2], strides: [2, 1], isSame: true), 4, 6, 2),
        (windows([4, 5], taps: [2, 2], isSame: false), 5, 10, 5),
    ].map { (item: ([Window], Int, Int, Int)) in
        let (windows, channels, filters, groups) = item
        return OperationCase(
            "convolution \(describe(windows)) of \(channels) to \(filters) channels in \(groups) groups",
            [Shape(windows.map(\.size) + [channels])],
            weights: [Shape(windows.map(\.taps) + [channels / groups, filters]), [filters]]
        ) {
            convolution($0[0], $1[0], bias: $1[1], windows: windows, groups: groups, activation: .linear)
        } oracle: {
            Naive.zip(Naive.convolution($0[0], $0[1], windows, groups: groups), $0[2], +)
        }
    }

    private static let volumes: [OperationCase] = [
        (windows([3, 4, 5], taps: [2, 3, 2], isSame: false), 3, 4, 1),
        (windows([5, 3, 4], taps: [3, 2, 3], strides: [2, 1, 2], isSame: true), 2, 3, 1),
        (windows([5, 4, 4], taps: [2, 2, 1], dilations: [2, 2, 1], isSame: true), 2, 2, 1),
        (windows([2, 2, 3], taps: [1, 1, 1], isSame: true), 3, 2, 1),
        (windows([3, 3, 4], taps: [2, 2, 3], isSame: true), 6, 4, 2),
    ].map { (item: ([Window], Int, Int, Int)) in
        let (windows, channels, filters, groups) = item
        return OperationCase(
            "convolution \(describe(windows)) of \(channels) to \(filters) channels of volumes in \(groups) groups",
            [Shape(windows.map(\.size) + [channels])],
            weights: [Shape(windows.map(\.taps) + [channels / groups, filters]), [filters]]
        ) {
            volumeConvolution($0[0], $1[0], bias: $1[1], windows: windows, groups: groups, activation: .linear)
        } oracle: {
            Naive.zip(Naive.convolution($0[0], $0[1], windows, groups: groups), $0[2], +)
        }
    }

    private static let transposed: [OperationCase] = [
        (transposed([5], taps: [3], strides: [2], isSame: true), 3, 4),
        (transposed([4], taps: [2], strides: [3], isSame: false, padding: [2]), 3, 2),
        (transposed([3, 4], taps: [3, 2], strides: [2, 1], isSame: false), 2, 5),
        (transposed([3, 4], taps: [4, 3], strides: [2, 3], isSame: true), 3, 2),
        (transposed([4, 3], taps: [2, 3], dilations: [2, 3], isSame: true), 2, 2),
        (transposed([3, 2], taps: [3, 4], strides: [3, 2], isSame: true, padding: [1, 0]), 2, 3),
        (transposed([2, 3, 2], taps: [3, 2, 2], strides: [2, 1, 2], isSame: true), 2, 3),
        (transposed([3, 2, 3], taps: [2, 1, 3], strides: [3, 2, 1], isSame: false), 2, 2),
        (transposed([3, 2, 2], taps: [3, 2, 2], dilations: [2, 1, 2], isSame: true), 2, 1),
    ].map { (item: ([Window], Int, Int)) in
        let (windows, channels, filters) = item
        return OperationCase(
            "transposed convolution \(describe(windows)) of \(channels) to \(filters) channels",
            [Shape(windows.map(\.positions) + [channels])],
            weights: [Shape(windows.map(\.taps) + [filters, channels])]
        ) {
            windows.count == 3
                ? transposedVolumeConvolution($0[0], $1[0], windows: windows)
                : transposedConvolution($0[0], $1[0], windows: windows)
        } oracle: {
            Naive.transposedConvolution($0[0], $0[1], windows)
        }
    }

    private static func describe(_ windows: [Window]) -> String {
        windows.map { "\($0.size)/\($0.taps)/\($0.stride)/\($0.dilation)→\($0.positions)" }.joined(separator: "×")
    }
}

extension Naive {
    fileprivate init(_ shape: [Int], values: [Double]) {
        self.init(shape) { _ in 0 }
        self.values = values
    }

    /// Sums over taps and channels, for each position.
    static func convolution(_ x: Naive, _ kernel: Naive, _ windows: [Window], groups: Int = 1) -> Naive {
        let (filters, depth) = (kernel.shape[windows.count + 1], kernel.shape[windows.count])
        let taps = indices(windows.map(\.taps))
        return Naive(windows.map(\.positions) + [filters]) { index in
            let filter = index[windows.count]
            let first = filter / (filters / groups) * depth
            var sum = 0.0
            for tap in taps {
                let place = windows.indices.map { windows[$0].place(index[$0], tap[$0]) }
                guard Swift.zip(place, windows).allSatisfy({ $0 >= 0 && $0 < $1.size }) else { continue }
                for channel in 0..<depth { sum += x[place + [first + channel]] * kernel[tap + [channel, filter]] }
            }
            return sum
        }
    }

    /// Adds each element's multiple of the kernel to the places under its window.
    fileprivate static func transposedConvolution(_ x: Naive, _ kernel: Naive, _ windows: [Window]) -> Naive {
        let (filters, channels) = (kernel.shape[windows.count], kernel.shape[windows.count + 1])
        let sizes = windows.map(\.size)
        var result = Naive(sizes + [filters]) { _ in 0 }
        for position in indices(windows.map(\.positions)) {
            for tap in indices(windows.map(\.taps)) {
                let place = windows.indices.map { windows[$0].place(position[$0], tap[$0]) }
                guard Swift.zip(place, sizes).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
                let start = Swift.zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 } * filters
                for filter in 0..<filters {
                    for channel in 0..<channels {
                        result.values[start + filter] += x[position + [channel]] * kernel[tap + [filter, channel]]
                    }
                }
            }
        }
        return result
    }
}

extension Window {
    /// The place that a tap of a position leads to.
    fileprivate func place(_ position: Int, _ tap: Int) -> Int { position * stride + tap * dilation - padding }
}
