import LockstepCluster
import LockstepCompute
import LockstepLayers

/// A model of layers one after another: Keras's `Sequential`.
///
///     let model = Sequential()
///     model.add(Dense(512, activation: .relu, inputDim: 784))
///     model.add(Dropout(0.2))
///     model.add(Dense(10, activation: .softmax))
///
/// The input shape comes from a leading `InputLayer`, from the first layer's `inputDim` or `inputShape`, or from the
/// first data.
public final class Sequential: Model {
    private var stack: [any Layer]
    /// The shape of a row of input that the graph was made for, if no layer declares one.
    private var metShape: PartialShape?

    /// - Parameter seed: of initial weights, shuffles and dropout; nil draws one.
    public convenience init(_ layers: [any Layer] = [], name: String = "", seed: UInt64? = nil) {
        self.init(layers, name: name, seed: seed, communicator: nil)
    }

    /// A model on other ranks than those of the job.
    package init(
        _ layers: [any Layer] = [], name: String = "", seed: UInt64? = nil, communicator: (any Communicator)?
    ) {
        stack = layers
        super.init(name: name, seed: seed, communicator: communicator)
    }

    /// Adds a layer after the last one.
    public func add(_ layer: any Layer) {
        stack.append(layer)
        invalidate()
    }

    /// Removes the last layer and returns it; nil if there is none. Another model can then use it, with its weights.
    @discardableResult
    public func pop() -> (any Layer)? {
        invalidate()
        let layer = stack.popLast()
        for part in layer?.withSublayers ?? [] where part is any GraphLayer { part.properties.store = nil }
        return layer
    }

    public override class var className: String { "Sequential" }
    package override class var isSequential: Bool { true }

    /// The layers, without the input.
    public override var layers: [any Layer] { stack.filter { !($0 is InputLayer) } }

    override var knowsInputShape: Bool { stack.isEmpty || declaredInputShape != nil }

    override var metInputType: DataType { stack.first?.takesOnlyText ?? false ? .string : .float32 }

    /// The shape of a row of input as the first layer declares it. If the first layer is a model, its first layer
    /// counts.
    private var declaredInputShape: PartialShape? {
        var (first, seen): ((any Layer)?, Set<ObjectIdentifier>) = (stack.first, [])
        while let model = first as? Model {
            if let shape = model.knownGraph?.inputShapes.first { return shape }
            first = seen.insert(ObjectIdentifier(model)).inserted ? (model as? Sequential)?.stack.first : nil
        }
        return (first as? InputLayer)?.shape ?? first?.inputShape
    }

    override func makeGraph(inputShape: Shape?) throws(LayerError) -> Graph {
        guard let first = stack.first, !(first is InputLayer) else { return try Graph(sequence: stack, store: store) }
        metShape = declaredInputShape == nil ? inputShape.map { PartialShape($0) } : nil
        guard let shape = declaredInputShape ?? metShape else {
            throw .noInputShape(layer: first.name.isEmpty ? type(of: first).className : first.name)
        }
        return try Graph(sequence: [InputLayer(shape, type: metInputType)] + stack, store: store)
    }

    /// Inside another model, inputs may have several lengths. The dimensions in which they differ become unknown.
    override func regraph(taking inputShape: Shape) throws(LayerError) -> Graph? {
        guard let met = metShape, met.rank == inputShape.rank else { return nil }
        let shape = PartialShape(zip(met.dimensions, inputShape.dimensions).map { $0 == $1 ? $0 : nil })
        let graph = try Graph(sequence: [InputLayer(shape, type: metInputType)] + stack, store: store)
        metShape = shape
        take(graph)
        return graph
    }
}
