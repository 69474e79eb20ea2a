import LockstepCompute
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

@Suite struct GraphTests {
    @Test("shapes are inferred and layers named as Keras names them")
    func shapes() throws {
        let layers: [any Layer] = [
            InputLayer([8, 8]), Flatten(), Dense(12, name: "wide"), Dense(4), Activation(.relu), Dense(5),
            Reshape(5, -1), Dropout(0.1),
        ]
        let graph = try Graph(sequence: layers)
        #expect(graph.nodes.map(\.shape) == [[8, 8], [64], [12], [4], [4], [5], [5, 1], [5, 1]])
        #expect(
            graph.nodes.map(\.layer.name) == [
                "input_layer", "flatten", "wide", "dense", "activation", "dense_1", "reshape", "dropout",
            ])
    }

    @Test("what does not fit is an error that names the layer and what it received")
    func errors() {
        func message(_ layers: [any Layer]) -> String {
            do {
                _ = try Graph(sequence: layers)
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message([]) == "the model has no layers; add one first")
        #expect(message([Dense(3, name: "a")]).contains("the input shape of the first layer 'a' is not known"))
        #expect(message([InputLayer([4]), Dense(-1, name: "a")]) == "layer 'a': units must be positive, received: -1")
        #expect(message([InputLayer([4]), Dropout(1.5)]) == "layer 'dropout': rate must be from 0 to 1, received: 1.5")
        #expect(
            message([InputLayer([4]), Reshape(3, -1)]).contains(
                "'reshape': the input must hold the elements of the target shape [3, -1]"))
        #expect(message([InputLayer([4]), Reshape(-1, -1)]).contains("of which one may be -1, received: [-1, -1]"))
        #expect(message([InputLayer([0]), Dense(1)]).contains("positive dimensions, received: [0]"))
        #expect(message([InputLayer([4]), Dense(3, name: "x"), Dense(3, name: "x")]).contains("received 'x' twice"))
        #expect(message([InputLayer([4]), Dense(3, activation: .glu)]).contains("units must be even"))
        #expect(message([InputLayer([4]), Add()]).contains("'add' takes 2 input(s), received: 1"))
        #expect(message([InputLayer([4]), InputLayer([4])]).contains("only the first layer"))
        let shared = Dense(4)
        #expect(message([InputLayer([4]), shared, shared]).contains("stands twice in a sequence"))
    }

    @Test("a layer applied twice has its weights once; what does not fit at the second place is told")
    func shared() throws {
        let (wide, narrow) = (Input([4, 4, 2]), Input([4]))
        func message(_ output: SymbolicTensor, from input: SymbolicTensor) -> String {
            do {
                let graph = try Graph(from: [input], to: [output])
                return "\(graph.weights.count) weights, \(graph.layers.count) layers, \(graph.nodes.count) calls"
            } catch { return "\(error)" }
        }
        let dense = Dense(4, name: "twice")
        #expect(message(dense(dense(narrow)), from: narrow) == "2 weights, 2 layers, 3 calls")
        #expect(message(Dense(4)(dense(narrow), narrow), from: narrow).contains("takes 1 input(s), received: 2"))
        #expect(message(dense(dense(narrow), narrow), from: narrow).contains("'twice' takes 1 input(s), received: 2"))
        let other = Dense(3, name: "other")
        #expect(
            message(other(other(narrow)), from: narrow).contains(
                "layer 'other': an operation needs [batch, …, n], a weight [n, m]"))
        let convolution = Conv2D(2, kernelSize: 2, name: "images")
        #expect(message(convolution(convolution(wide)), from: wide) == "2 weights, 2 layers, 3 calls")
        #expect(
            message(convolution(Flatten()(convolution(wide))), from: wide).contains(
                "'images': the input must have rows of [height"))
    }

    /// Oracle: tensors of a step that live at the same time never overlap: their places are compared, pair by pair.
    @Test("a plan gives dead places to others and keeps the living apart")
    func memory() {
        var map = MemoryMap()
        let random = RandomStream(seed: 1, purpose: .tensor).words(count: 300)
        for index in 0..<100 {
            let from = Int(random[3 * index] % 50)
            _ = map.add(Int(random[3 * index + 1] % 1000), from: from, until: from + Int(random[3 * index + 2] % 20))
        }
        let (offsets, size) = map.place()
        for a in 0..<100 {
            #expect(offsets[a] + map.requests[a].count <= size && offsets[a] % 16 == 0)
            for b in 0..<a {
                let (x, y) = (map.requests[a], map.requests[b])
                let liveTogether = x.from <= y.until && y.from <= x.until
                let overlap = offsets[a] < offsets[b] + y.count && offsets[b] < offsets[a] + x.count
                #expect(!(liveTogether && overlap) || x.count == 0 || y.count == 0)
            }
        }
        #expect(size < map.requests.reduce(0) { $0 + $1.count } / 2, "places are reused")
    }

    @Test("a deep plan for inference needs the memory of two layers, not of all")
    func reuse() throws {
        let layers: [any Layer] = [InputLayer([256])] + (0..<20).map { _ in Dense(256, activation: .relu) }
        let layout = PlanLayout(
            graph: try Graph(sequence: layers).inference, sums: RowPartition(rows: 64), training: false)
        #expect(layout.map.place().size == 2 * 64 * 256)
    }

    @Test("every parameter begins on a cache line, and lies in both arenas alike")
    func arena() throws {
        let graph = try Graph(sequence: [InputLayer([3]), Dense(5), Dense(7)])
        let arena = Arena(graph.weights)
        #expect(graph.trainableCount == 3 * 5 + 5 + 5 * 7 + 7)
        arena.values.fill(2)
        #expect(arena.weights.allSatisfy { $0.value == .full($0.shape, 2) })
        arena.gradients.fill(3)
        #expect(arena.weights.allSatisfy { $0.gradient == .full($0.shape, 3) })
    }
}
