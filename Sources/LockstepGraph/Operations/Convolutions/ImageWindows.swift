import LockstepCompute

/// The windows of a convolution: for height and width over images, or one over sequences. A sequence
/// `[time, channels]` is an image of one row.
struct ImageWindows {
    /// One for each dimension before the channels.
    let all: [Window]

    init(_ windows: [Window]) {
        precondition(windows.count == 1 || windows.count == 2, "a convolution over \(windows.count) dimensions")
        all = windows
    }

    var y: Window { all.count == 2 ? all[0] : .point }
    var x: Window { all[all.count - 1] }
    var sizes: [Int] { all.map(\.size) }
    var taps: [Int] { all.map(\.taps) }
    var positions: [Int] { all.map(\.positions) }

    /// The windows over images without zeros at the ends of a dimension. Nil if it is no dimension of the windows, or
    /// nothing is left of it.
    func without(_ zeros: ZeroPadding) -> ImageWindows? {
        guard all.indices.contains(zeros.axis),
            let window = all[zeros.axis].without(before: zeros.before, after: zeros.after)
        else { return nil }
        var windows = all
        windows[zeros.axis] = window
        return ImageWindows(windows)
    }

    /// The channels of images of this size; nil for other shapes.
    func channels(_ images: Shape) -> Int? {
        images.last.flatMap { images.dimensions == sizes + [$0] ? $0 : nil }
    }

    /// The channels of what the positions give; nil for other shapes.
    func filters(_ outputs: Shape) -> Int? {
        outputs.last.flatMap { outputs.dimensions == positions + [$0] ? $0 : nil }
    }
}
