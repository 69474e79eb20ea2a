import ArgumentParser
import Lockstep

/// The sets of 100 beans, by number. Each bean has measurements and is poisonous or not.
enum BeanSet: Int, CaseIterable, ExpressibleByArgument {
    /// Poisonous above one size.
    case large = 0
    /// Poisonous between two sizes.
    case middling = 3
    /// Poisonous on one side of a line in the plane of size and darkness.
    case besideLine = 7
    /// Poisonous within a circle in that plane.
    case withinCircle = 4

    static let count = 100

    /// The number of measurements of each bean.
    var features: Int { self == .large || self == .middling ? 1 : 2 }
    /// The measurements lie in 0..<limit.
    var limit: Float { self == .large ? 1 : 2 }

    /// The measurements `[100, features]`, and for each bean 1 if it is poisonous, else 0.
    func beans(seed: UInt64) throws -> (x: Tensor, y: Tensor) {
        let measured = Tensor.uniform([Self.count, features], low: 0, high: limit, seed: seed)
        // Sorted sizes are as random as others, and easier to read.
        let x = features == 1 ? try Tensor(measured.elements.sorted(), shape: measured.shape) : measured
        // A different seed from that of the sizes; otherwise the noise would rise with the sizes.
        let noise = Tensor.uniform([Self.count], low: -0.01, high: 0.01, seed: seed &+ 1)
        let isPoisonous = (0..<Self.count).map { bean in
            let values = x.row(bean)
            return switch self {
            case .large: toxin(values[0]) + noise[bean] > 0.8
            case .middling: (0.8..<1.4).contains(toxin(values[0]) + noise[bean])
            case .besideLine: values[0] - 0.5 * values[1] - 0.1 > 0
            case .withinCircle: square(values[0] - 1) + square(values[1] - 0.3) < 0.5
            }
        }
        return (x, Tensor(isPoisonous.map { $0 ? 1 : 0 }))
    }

    /// One neuron divides the beans with a point or a line. A region between two cuts or within a curve needs a hidden
    /// layer.
    func model(seed: UInt64) -> Sequential {
        let model = Sequential(name: "beans-\(rawValue)", seed: seed)
        switch self {
        case .large, .besideLine:
            model.add(Dense(1, activation: .sigmoid, inputDim: features))
        case .middling, .withinCircle:
            model.add(Dense(2, activation: .sigmoid, inputDim: features))
            model.add(Dense(1, activation: .sigmoid))
        }
        return model
    }

    private func toxin(_ size: Float) -> Float { 0.7 * size + 0.5 }
    private func square(_ value: Float) -> Float { value * value }
}
