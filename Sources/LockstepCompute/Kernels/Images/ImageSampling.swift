/// The least number of elements per thread.
private let grain = 16 * 1024

/// What lies outside an image of n pixels in a row.
public enum FillMode: String, Sendable {
    /// A given value.
    case constant
    /// The pixel at the edge: `a a | a b c | c c`.
    case nearest
    /// The image again: `b c | a b c | a b`.
    case wrap
    /// The image mirrored at the middle of the pixel at the edge: `c b | a b c | b a`.
    case mirror
    /// The image mirrored at its edge: `b a | a b c | c b`.
    case reflect

    /// The pixel at a place, or outside; nil for a given value.
    @inline(__always)
    package func pixel(_ place: Int, of count: Int) -> Int? {
        if place >= 0, place < count { return place }
        switch self {
        case .constant: return nil
        case .nearest: return place < 0 ? 0 : count - 1
        case .wrap: return Self.remainder(place, count)
        case .mirror: return Self.mirrored(place, count)
        case .reflect:
            let rest = Self.remainder(place, 2 * count)
            return rest < count ? rest : 2 * count - 1 - rest
        }
    }

    @inline(__always)
    private static func mirrored(_ place: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let rest = remainder(place, 2 * count - 2)
        return rest < count ? rest : 2 * count - 2 - rest
    }

    @inline(__always)
    private static func remainder(_ place: Int, _ count: Int) -> Int {
        let rest = place % count
        return rest < 0 ? rest + count : rest
    }
}

/// The values of images between their pixels.
package struct ImageSampling: Sendable {
    /// Whether a value is that of the nearest pixel; else the mean of the four around it, weighted by their nearness.
    let isNearest: Bool
    let fill: FillMode
    let value: Float

    package init(isNearest: Bool, fill: FillMode, value: Float) {
        (self.isNearest, self.fill, self.value) = (isNearest, fill, value)
    }

    /// The values of images at places.
    ///
    /// - Parameters:
    ///   - images: `[rows, height, width, channels]`.
    ///   - places: `[rows, height′, width′, 2]`: row and column, counted from the middle of the first pixel.
    ///   - out: `[rows, height′, width′, channels]`.
    package func sample(_ images: Tensor, at places: Tensor, into out: Tensor, on crew: Crew) {
        perform(.values, images, places, out, nil, nil, on: crew)
    }

    /// Overwrites the gradients of images and of places, where they are wanted.
    package func gradient(
        _ dy: Tensor, _ images: Tensor, at places: Tensor, images dx: Tensor?, places dplaces: Tensor?, on crew: Crew
    ) {
        perform(.gradients, images, places, dy, dx, dplaces, on: crew)
    }

    private func perform(
        _ kind: Sampling.Kind, _ images: Tensor, _ places: Tensor, _ y: Tensor, _ dx: Tensor?, _ dplaces: Tensor?,
        on crew: Crew
    ) {
        let shape = images.shape
        let (rows, points) = (shape[0], places.count / max(2 * shape[0], 1))
        precondition(
            shape.rank == 4 && places.shape.last == 2 && y.count == rows * points * shape[3],
            "images \(shape) at \(places.shape)")
        let work = Sampling(
            kind: kind, sampling: self, height: shape[1], width: shape[2], channels: shape[3], points: points,
            images: images.pointer, places: places.pointer, y: y.pointer, dx: dx?.pointer, dplaces: dplaces?.pointer,
            cut: crew.cut(rows, grain: max(1, grain / max(points * shape[3], 1))))
        crew.perform(work, chunks: work.cut.chunks)
    }
}

/// A place between pixels in one dimension.
private struct Between {
    /// The pixel in front of the place and the one behind it; nil outside.
    let lower, upper: Int?
    /// How near the place is to the pixel behind it: 0 at the one in front.
    let weight: Float

    @inline(__always)
    init(_ place: Float, of count: Int, _ sampling: ImageSampling) {
        // Beyond this, floats and whole numbers do not fit.
        let place = place.isNaN ? 0 : max(-0x1p30, min(place, 0x1p30))
        if sampling.isNearest {
            lower = sampling.fill.pixel(Int(place.rounded(.toNearestOrAwayFromZero)), of: count)
            (upper, weight) = (lower, 0)
        } else {
            let floor = place.rounded(.down)
            lower = sampling.fill.pixel(Int(floor), of: count)
            upper = sampling.fill.pixel(Int(floor) + 1, of: count)
            weight = place - floor
        }
    }
}

/// Each chunk takes some images.
private struct Sampling: ChunkedWork {
    enum Kind { case values, gradients }

    let kind: Kind
    let sampling: ImageSampling
    let height, width, channels, points: Int
    let images, places, y: UnsafeMutablePointer<Float>
    let dx, dplaces: UnsafeMutablePointer<Float>?
    let cut: Cut

    func run(chunk: Int) {
        let size = height * width * channels
        for row in cut[chunk] {
            if kind == .gradients, let dx { (dx + row * size).update(repeating: 0, count: size) }
            for point in row * points..<(row + 1) * points {
                let (v, h) = (
                    Between(places[2 * point], of: height, sampling),
                    Between(places[2 * point + 1], of: width, sampling)
                )
                let values = y + point * channels
                switch kind {
                case .values: interpolate(images + row * size, v, h, into: values)
                case .gradients: differentiate(row * size, v, h, values, point)
                }
            }
        }
    }

    /// Where the channels of a pixel begin; nil outside.
    @inline(__always)
    private func start(_ row: Int?, _ column: Int?) -> Int? {
        guard let row, let column else { return nil }
        return (row * width + column) * channels
    }

    @inline(__always)
    private func interpolate(
        _ image: UnsafeMutablePointer<Float>, _ v: Between, _ h: Between, into values: UnsafeMutablePointer<Float>
    ) {
        let first = start(v.lower, h.lower)
        if sampling.isNearest {
            for channel in 0..<channels { values[channel] = first.map { image[$0 + channel] } ?? sampling.value }
            return
        }
        let (second, third, fourth) = (start(v.lower, h.upper), start(v.upper, h.lower), start(v.upper, h.upper))
        for channel in 0..<channels {
            @inline(__always) func pixel(_ start: Int?) -> Float { start.map { image[$0 + channel] } ?? sampling.value }
            values[channel] =
                (1 - v.weight) * (1 - h.weight) * pixel(first) + (1 - v.weight) * h.weight * pixel(second)
                + v.weight * (1 - h.weight) * pixel(third) + v.weight * h.weight * pixel(fourth)
        }
    }

    @inline(__always)
    private func differentiate(
        _ offset: Int, _ v: Between, _ h: Between, _ dy: UnsafeMutablePointer<Float>, _ point: Int
    ) {
        let image = images + offset
        let first = start(v.lower, h.lower)
        if sampling.isNearest {
            if let dx, let first { for channel in 0..<channels { dx[offset + first + channel] += dy[channel] } }
            if let dplaces { (dplaces[2 * point], dplaces[2 * point + 1]) = (0, 0) }
            return
        }
        let (second, third, fourth) = (start(v.lower, h.upper), start(v.upper, h.lower), start(v.upper, h.upper))
        var (vertical, horizontal): (Float, Float) = (0, 0)
        for channel in 0..<channels {
            let gradient = dy[channel]
            if let dx {
                if let first { dx[offset + first + channel] += (1 - v.weight) * (1 - h.weight) * gradient }
                if let second { dx[offset + second + channel] += (1 - v.weight) * h.weight * gradient }
                if let third { dx[offset + third + channel] += v.weight * (1 - h.weight) * gradient }
                if let fourth { dx[offset + fourth + channel] += v.weight * h.weight * gradient }
            }
            @inline(__always) func pixel(_ start: Int?) -> Float { start.map { image[$0 + channel] } ?? sampling.value }
            let (a, b, c, d) = (pixel(first), pixel(second), pixel(third), pixel(fourth))
            vertical += gradient * ((1 - h.weight) * (c - a) + h.weight * (d - b))
            horizontal += gradient * ((1 - v.weight) * (b - a) + v.weight * (d - c))
        }
        if let dplaces { (dplaces[2 * point], dplaces[2 * point + 1]) = (vertical, horizontal) }
    }
}
