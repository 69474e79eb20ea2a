import LockstepCompute
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What random layers do with images while a model trains. Oracles: plain loops, and the distributions that the layers
/// document, within five standard errors. What leaves no randomness is compared with real Keras in
/// `Tests/Fixtures/layers.py`.
@Suite struct RandomImageTests {
    private static let count = 400

    /// What a layer makes of images in a training step.
    ///
    /// - Parameter firstRow: the place of the first image in the global batch.
    private static func changed(_ layer: any Layer, _ x: Tensor, firstRow: Int = 0) throws -> Tensor {
        let graph = try Graph(sequence: [InputLayer(x.shape.row), layer])
        let crew = try Crew(threads: 2, instructionSet: InstructionSet.available.last!)
        let context = StepContext(crew: crew, seed: 3)
        context.firstRow = firstRow
        let network = Network(
            training: [graph.training], inference: graph.inference, arena: Arena(graph.weights), context: context)
        let plan = network.plan(rows: x.rowCount, .training())
        crew.together {
            plan.input.assign(x)
            network.forward(plan)
        }
        return plan.output.copy()
    }

    /// Images that all show the same.
    private static func images(_ shape: Shape, _ value: (_ row: Int, _ column: Int, _ channel: Int) -> Float) -> Tensor
    {
        let image = (0..<shape.count).map { place in
            value(place / (shape[1] * shape[2]), place / shape[2] % shape[1], place % shape[2])
        }
        return try! Tensor((0..<count).flatMap { _ in image }, shape: shape.rows(count))
    }

    /// Checks that numbers are uniform between bounds, by their mean and their variance.
    private static func expectUniform(
        _ values: [Double], from low: Double, to high: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (n, width) = (Double(values.count), high - low)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let slack = 1e-3 * max(abs(low), abs(high))
        #expect(values.allSatisfy { $0 >= low - slack && $0 <= high + slack }, sourceLocation: sourceLocation)
        #expect(
            abs(mean - (low + high) / 2) < 5 * width / (12 * n).squareRoot() + slack, sourceLocation: sourceLocation)
        // The fourth moment of a uniform number is w⁴/80.
        let deviation = width * width * ((1 / 80.0 - 1 / 144.0) / n).squareRoot()
        #expect(abs(variance - width * width / 12) < 5 * deviation + slack, sourceLocation: sourceLocation)
    }

    /// Checks how many of the images changed.
    private static func expectChance(
        _ chance: Double, _ changed: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let n = Double(count)
        #expect(
            abs(Double(changed) - chance * n) <= 5 * (n * chance * (1 - chance)).squareRoot(),
            sourceLocation: sourceLocation)
    }

    /// Oracle: in image i channel i is 1. What is mixed then tells the weight and the other image.
    @Test("images are mixed with one another image each, by weights of the beta distribution", arguments: [0.2, 1.5])
    func mixing(alpha: Double) throws {
        let n = Self.count
        let x = Tensor.zeros([n, 1, 2, n])
        for image in 0..<n { for column in 0..<2 { x[(image * 2 + column) * n + image] = 1 } }
        let y = try Self.changed(MixUp(alpha: alpha), x)
        var (weights, others): ([Double], [Int]) = ([], [])
        for image in 0..<n {
            let channels = (0..<n).map { y[image * 2 * n + $0] }
            #expect(channels == (0..<n).map { y[(image * 2 + 1) * n + $0] }, "one weight for all places")
            #expect(abs(channels.reduce(0, +) - 1) < 1e-6 && channels.allSatisfy { $0 >= 0 })
            let mixed = channels.indices.filter { $0 != image && channels[$0] > 0 }
            // A weight of 1 hides the other image.
            guard mixed.count == 1, channels[image] > 0 else { continue }
            weights.append(Double(channels[image]))
            others.append(mixed[0])
        }
        #expect(Set(others).count == others.count, "the other images are a permutation")
        #expect(weights.count > n * 3 / 4)
        let count = Double(weights.count)
        let variance = weights.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / count
        let expected = 1 / (4 * (2 * alpha + 1))
        // The deviation from 1/2 is 1/2 at most, so the variance of its square is at most a quarter of its mean.
        #expect(abs(weights.reduce(0, +) / count - 0.5) < 5 * (expected / count).squareRoot())
        #expect(abs(variance - expected) < 5 * (expected / 4 / count).squareRoot() + 0.01)
    }

    /// Oracle: image i has the value i at all places.
    @Test("a rectangle of each image is that of another one")
    func cutting() throws {
        let (n, height, width) = (Self.count, 9, 12)
        let x = Tensor.zeros([n, height, width, 1])
        for image in 0..<n { for place in 0..<height * width { x[image * height * width + place] = Float(image) } }
        let y = try Self.changed(CutMix(), x)
        var (others, areas): ([Float], [Double]) = ([], [])
        for image in 0..<n {
            let pixels = (0..<height * width).map { y[image * height * width + $0] }
            let cut = pixels.indices.filter { pixels[$0] != Float(image) }
            areas.append(Double(cut.count) / Double(pixels.count))
            guard let first = cut.first else { continue }
            let (rows, columns) = (Set(cut.map { $0 / width }).sorted(), Set(cut.map { $0 % width }).sorted())
            #expect(rows.count * columns.count == cut.count && cut.allSatisfy { pixels[$0] == pixels[first] })
            #expect(rows.last! - rows[0] + 1 == rows.count && columns.last! - columns[0] + 1 == columns.count)
            others.append(pixels[first])
        }
        #expect(Set(others).count == others.count && others.count > n / 2)
        // The rectangle's share is 1 − w with a mean of 1/2, but for whole pixels.
        #expect(abs(areas.reduce(0, +) / Double(n) - 0.5) < 0.1)
    }

    private static let random = LayerRow.all.filter { $0.isRandom && $0.className.hasPrefix("Random") }

    @Test("what an image gets depends on its place in the global batch alone", arguments: random)
    func places(_ row: LayerRow) throws {
        let x = try row.inputs(7)
        let y = try Self.changed(row.layer(), x)
        for place in [0, 3, 6] {
            let alone = try Self.changed(row.layer(), x.rows(place..<place + 1), firstRow: place)
            #expect(sameBits(alone, y.rows(place..<place + 1)))
        }
        // Equal images become different ones.
        let same = try Tensor(
            (0..<40).flatMap { _ in x.row(0).elements }, shape: x.shape.row.rows(40))
        let changed = try Self.changed(row.layer(), same)
        #expect(Set((0..<40).map { changed.row($0).elements }).count > 1)
    }

    @Test("flips turn half of the images around", arguments: RandomFlip.Mode.all)
    func flips(_ mode: RandomFlip.Mode) throws {
        let x = Self.images([3, 4, 2]) { Float(100 * $0 + 10 * $1 + $2) }
        let y = try Self.changed(RandomFlip(mode), x)
        let flipped = Self.images([3, 4, 2]) {
            Float(100 * (mode == .horizontal ? $0 : 2 - $0) + 10 * (mode == .vertical ? $1 : 3 - $1) + $2)
        }.row(0)
        var changed = 0
        for row in 0..<Self.count {
            if y.row(row) == flipped { changed += 1 } else { #expect(y.row(row) == x.row(row)) }
        }
        Self.expectChance(0.5, changed)
    }

    @Test("crops are windows anywhere")
    func crops() throws {
        let x = Self.images([5, 6, 1]) { row, column, _ in Float(10 * row + column) }
        let y = try Self.changed(RandomCrop(3, 2), x)
        var seen: [Int: Int] = [:]
        for image in 0..<Self.count {
            let first = Int(y.row(image)[0])
            seen[first, default: 0] += 1
            #expect(y.row(image).elements == (0..<6).map { Float(first + $0 / 2 * 10 + $0 % 2) })
        }
        #expect(Set(seen.keys) == Set((0..<3).flatMap { row in (0..<5).map { 10 * row + $0 } }))
    }

    @Test("translations, rotations, zooms and shears are uniform between their bounds")
    func warps() throws {
        // In a plane, the values tell the places that a pixel shows.
        let x = Self.images([9, 9, 2]) { [Float($0), Float($1)][$2] }
        func places(_ layer: any Layer) throws -> [(middle: [Double], right: [Double])] {
            let y = try Self.changed(layer, x)
            return (0..<Self.count).map { image in
                func place(_ row: Int, _ column: Int) -> [Double] {
                    (0..<2).map { Double(y.row(image)[(row * 9 + column) * 2 + $0]) }
                }
                return (place(4, 4), place(4, 5))
            }
        }
        let shifted = try places(RandomTranslation([-0.1, 0.3], 0.2))
        Self.expectUniform(shifted.map { 4 - $0.middle[0] }, from: -0.9, to: 2.7)
        Self.expectUniform(shifted.map { 4 - $0.middle[1] }, from: -1.8, to: 1.8)
        let rotated = try places(RandomRotation([-0.1, 0.4]))
        #expect(rotated.allSatisfy { abs($0.middle[0] - 4) < 1e-5 && abs($0.middle[1] - 4) < 1e-5 })
        Self.expectUniform(
            rotated.map { atan2($0.right[0] - 4, $0.right[1] - 4) / (2 * .pi) }, from: -0.1, to: 0.4)
        let zoomed = try places(RandomZoom(0.5, [-0.2, 0.1]))
        Self.expectUniform(zoomed.map { $0.right[1] - $0.middle[1] }, from: 0.8, to: 1.1)
        let even = try places(RandomZoom([0.1, 0.4]))
        Self.expectUniform(even.map { $0.right[1] - $0.middle[1] }, from: 1.1, to: 1.4)
        let sheared = try places(RandomShear([0.1, 0.3], [0.1, 0.2]))
        let across = sheared.map { ($0.middle[1] - 4) / 4 }
        let down = sheared.map { $0.right[0] - $0.middle[0] }
        Self.expectUniform(across.map { abs($0) }, from: 0.1, to: 0.3)
        Self.expectUniform(down.map { abs($0) }, from: 0.1, to: 0.2)
        Self.expectChance(0.5, across.count { $0 < 0 })
        #expect(zip(across, down).allSatisfy { ($0 < 0) == ($1 < 0) })
    }

    /// Oracle: the equations of the projective map that takes the moved corners back, which Keras solves.
    @Test("a perspective takes the moved corners from the corners")
    func perspectives() throws {
        let x = Self.images([21, 31, 2]) { [Float($0), Float($1)][$2] }
        let y = try Self.changed(RandomPerspective([1, 1], scale: 0.2, fillValue: -1000), x)
        for image in 0..<Self.count {
            func shown(_ row: Int, _ column: Int) -> (row: Double, column: Double) {
                let place = (row * 31 + column) * 2
                return (Double(y.row(image)[place]), Double(y.row(image)[place + 1]))
            }
            // Along the edges from the corner that stays, the other place is 0.
            #expect(abs(shown(0, 20).row) < 1e-4 && abs(shown(15, 0).column) < 1e-4)
            // Lines stay lines.
            let (a, b, c) = (shown(4, 4), shown(8, 10), shown(12, 16))
            let area = (b.row - a.row) * (c.column - a.column) - (c.row - a.row) * (b.column - a.column)
            #expect(abs(area) < 1e-2)
        }
    }

    @Test("values change as documented")
    func values() throws {
        let x = Self.images([2, 3, 3]) { Float(40 + 10 * $0 + 5 * $1 + 20 * $2) }
        func changes(_ layer: any Layer, _ read: (_ x: Tensor, _ y: Tensor) -> Double) throws -> [Double] {
            let y = try Self.changed(layer, x)
            return (0..<Self.count).map { read(x.row($0), y.row($0)) }
        }
        Self.expectUniform(
            try changes(RandomBrightness([-0.1, 0.2])) { Double($1[0] - $0[0]) / 255 }, from: -0.1, to: 0.2)
        Self.expectUniform(
            try changes(RandomContrast([0.2, 0.5])) { Double(($1[15] - $1[0]) / ($0[15] - $0[0])) }, from: 0.8, to: 1.5)
        let gray = try changes(RandomColorDegeneration([0.2, 0.6])) { Double(1 - ($1[2] - $1[0]) / ($0[2] - $0[0])) }
        Self.expectUniform(gray, from: 0.2, to: 0.6)
        Self.expectChance(
            0.3, try changes(RandomGrayscale(0.3)) { $1[0] == $1[1] && $0[0] != $0[1] ? 1 : 0 }.count { $0 == 1 })
        Self.expectChance(0.5, try changes(RandomInvert(1)) { Double($0[0] + $1[0]) }.count { $0 == 255 })
        let bits = try changes(RandomPosterization([2, 5])) { x, y in
            let step = (0..<8).map { Float(1 << (8 - $0)) }.last { step in
                (0..<x.count).allSatisfy { y[$0] == (x[$0] / step).rounded(.down) * step }
            }
            return Double(step ?? 0)
        }
        #expect(Set(bits).isSubset(of: [64, 32, 16]))
        Self.expectUniform(
            try changes(Solarization(additionFactor: [0, 0.1], thresholdFactor: [1, 1])) { Double($1[0] - $0[0]) }
                .map { max(0, $0) }.filter { $0 < 25.5 }, from: 0, to: 25.5)
    }

    @Test("a rectangle is erased")
    func rectangles() throws {
        let x = Self.images([8, 10, 1]) { _, _, _ in 1 }
        let y = try Self.changed(RandomErasing([0.6, 0.6], scale: [0.25, 0.25], fillValue: 7), x)
        var erased = 0
        for image in 0..<Self.count {
            let places = (0..<80).filter { y.row(image)[$0] == 7 }
            guard let first = places.first, let last = places.last else { continue }
            erased += 1
            let expected = (first / 10...last / 10).flatMap { row in (first % 10...last % 10).map { row * 10 + $0 } }
            #expect(places == expected)
            // Half of the height and of the width, up to a pixel.
            #expect((4...5).contains(last / 10 - first / 10 + 1) && (5...6).contains(last % 10 - first % 10 + 1))
        }
        Self.expectChance(0.6, erased)
    }

    @Test("an elastic image shows what is near, and its edges are continued")
    func elastic() throws {
        let x = Self.images([20, 20, 2]) { [Float($0), Float($1)][$2] }
        let y = try Self.changed(RandomElasticTransform([1, 1], scale: [1, 1], valueRange: [-100, 100]), x)
        // α·σ = 2 times noise that is blurred by a kernel with a root of the sum of squares of 1/(2σ√π).
        let deviation = 2 / (2 * Double.pi.squareRoot())
        let shifts = (0..<Self.count).flatMap { image in
            (0..<2).map { Double(y.row(image)[(10 * 20 + 10) * 2 + $0]) - 10 }
        }
        let variance = shifts.reduce(0) { $0 + $1 * $1 } / Double(shifts.count)
        #expect(abs(variance.squareRoot() - deviation) < 0.15 * deviation)
        let products = (0..<Self.count).map { shifts[2 * $0] * shifts[2 * $0 + 1] }
        #expect(abs(products.reduce(0, +) / Double(Self.count)) < 0.3 * variance)
    }

    @Test("hue and saturation keep the value of a color")
    func colors() throws {
        let x = Self.images([2, 2, 3]) { [200, 100, 50][$2] + Float(10 * $0 + $1) }
        for layer in [RandomHue(1), RandomSaturation([0.1, 0.6])] as [any Layer] {
            let y = try Self.changed(layer, x)
            for pixel in 0..<Self.count * 4 {
                let (old, new) = ((0..<3).map { x[3 * pixel + $0] }, (0..<3).map { y[3 * pixel + $0] })
                #expect(abs(old.max()! - new.max()!) < 1e-3)
                if layer is RandomHue { #expect(abs(old.min()! - new.min()!) < 1e-3) }
            }
        }
    }

    /// Oracle: the layers by themselves, whose factors leave no randomness.
    @Test("RandAugment changes an image by one of its layers, and AugMix mixes what they make")
    func choices() throws {
        let x = Self.images([5, 6, 3]) {
            Float(30 + 17 * $0 + 11 * $1 * $1 + 40 * $2).truncatingRemainder(dividingBy: 256)
        }
        let layers: [any Layer] = [
            Identity(), RandomSharpness([0, 0]), RandomPosterization(1), Solarization(), AutoContrast(), Equalization(),
        ]
        let results = try layers.map { try Self.changed($0, x.rows(0..<1)).elements }
        let y = try Self.changed(RandAugment(numOps: 1, factor: [0, 0]), x)
        var counts = [Int](repeating: 0, count: layers.count)
        for image in 0..<Self.count {
            let index = try #require(results.firstIndex { $0 == y.row(image).elements })
            counts[index] += 1
        }
        // Shear, translation, rotation, brightness, color and contrast leave an image as it is.
        for (index, chance) in [6.0 / 11, 1.0 / 11, 1.0 / 11, 1.0 / 11, 1.0 / 11, 1.0 / 11].enumerated() {
            Self.expectChance(chance, counts[index])
        }
        let mixed = try Self.changed(AugMix(numChains: 1, chainDepth: 1, factor: [0, 0]), x)
        let image = x.row(0).elements
        for row in 0..<Self.count {
            let values = mixed.row(row).elements
            #expect(
                results.contains { result in
                    // A mean of the image and of a result, with one weight for all values.
                    let place = (0..<image.count).max { abs(result[$0] - image[$0]) < abs(result[$1] - image[$1]) }!
                    let span = result[place] - image[place]
                    let weight = span == 0 ? 0 : (values[place] - image[place]) / span
                    return weight > -1e-3 && weight < 1.001
                        && (0..<image.count).allSatisfy {
                            abs(image[$0] + weight * (result[$0] - image[$0]) - values[$0]) < 0.05
                        }
                })
        }
    }

    /// Oracle: the moments α and α of the gamma distribution.
    @Test("gamma numbers have their mean and their variance", arguments: [0.2, 1, 4.5])
    func gamma(_ alpha: Double) throws {
        let y = try Self.changed(Gamma(alpha: alpha), Tensor.zeros([1, 40_000])).elements.map(Double.init)
        let n = Double(y.count)
        let mean = y.reduce(0, +) / n
        let variance = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        #expect(abs(mean - alpha) < 5 * (alpha / n).squareRoot())
        // The fourth central moment is 3α² + 6α.
        #expect(abs(variance - alpha) < 5 * ((2 * alpha * alpha + 6 * alpha) / n).squareRoot())
        #expect(y.allSatisfy { $0 >= 0 })
    }

    private final class Gamma: Layer {
        let properties = LayerProperties()
        let alpha: Double
        init(alpha: Double) { self.alpha = alpha }
        func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
            [gammaNoise(inputs[0].spec.shape, alpha: alpha, like: inputs[0], call)]
        }
    }

    @Test("wrong arguments name the layer and what it received")
    func errors() {
        func message(_ layer: any Layer, _ image: Shape = [4, 4, 3]) -> String {
            do {
                _ = try Graph(sequence: [InputLayer(image), layer])
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(
            message(RandomRotation(2, name: "n"))
                == "layer 'n': factor must be a number, or two, from -1.0 to 1.0, received: 2")
        #expect(
            message(RandomShear([-0.5, 0.2], name: "n")).contains("'n': xFactor must be a number, or two, from 0.0"))
        #expect(message(RandomInvert(-1, name: "n")).contains("'n': factor must be"))
        #expect(message(RandomZoom(-1, name: "n")).contains("'n': heightFactor must be"))
        #expect(
            message(RandomBrightness(0.1, valueRange: [3, 3], name: "n")).contains(
                "'n': valueRange must be a number and a larger one, received: [3, 3]"))
        #expect(
            message(RandomGaussianBlur(kernelSize: 4, name: "n")).contains(
                "'n': kernelSize must be odd numbers, received: [4, 4]"))
        #expect(
            message(RandomHue(0.1, name: "n"), [4, 4, 1]).contains(
                "'n': the input must have 3 channels, received: [4, 4, 1]"))
        #expect(
            message(RandomFlip(name: "n"), [4, 4]).contains(
                "'n': the input must have rows of [height, width, channels]"))
        #expect(message(Resizing(0, 3, name: "n")).contains("'n': height must be positive, received: 0"))
        #expect(
            message(Resizing(2, 3, cropToAspectRatio: true, padToAspectRatio: true, name: "n")).contains(
                "'n': padToAspectRatio must be false with cropToAspectRatio"))
        #expect(message(RandomPerspective(name: "n"), [1, 4, 3]).contains("'n': the input must have two rows"))
        #expect(
            message(RandomErasing(fillValue: [1, 2], name: "n")).contains(
                "'n': fillValue must be a number, or 3 of them, received: [1, 2]"))
        #expect(message(RandAugment(numOps: -1, name: "n")).contains("'n': numOps must be 0 or more, received: -1"))
        #expect(
            message(RandAugment(factor: 2, name: "n")).contains("'n': factor must be a number, or two, from 0.0 to 1.0")
        )
        #expect(message(AugMix(alpha: 0, name: "n")).contains("'n': alpha must be positive, received: 0.0"))
        #expect(message(Pipeline([], name: "n")).contains("'n': layers must be one layer or more, received: none"))
        #expect(
            message(STFTSpectrogram(frameLength: 4, frameStep: 5, name: "n"), [9, 1]).contains(
                "'n': frameStep must be from 1 to frameLength 4, received: 5"))
        #expect(
            message(MelSpectrogram(fftLength: 8, name: "n"), [4]).contains(
                "'n': the input must have rows of [time], longer than half of fftLength 8, received: [4]"))
        #expect(message(Equalization(bins: 1, name: "n")).contains("'n': bins must be 2 or more, received: 1"))
    }
}

extension RandomFlip.Mode {
    fileprivate static let all: [Self] = [.horizontal, .vertical, .horizontalAndVertical]
}
