import Lockstep
import Testing

/// Whatever is wrong in a file is one error that names the file, and the layer and the argument where there are such.
@Suite struct ModelJSONErrorTests {
    /// A chain with one layer of a class and arguments behind an input of 8×8×2.
    private func chain(_ className: String, _ arguments: String) -> String {
        #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 8, 8, 2]}}, "#
            + #"{"class_name": "\#(className)", "config": {"name": "it"\#(arguments.isEmpty ? "" : ", ")\#(arguments)}}]}}"#
    }

    @Test("layers and arguments that are not supported, missing or of a wrong type")
    func arguments() {
        let pool = #""pool_size": [2, 2]"#
        for (className, arguments, expected) in [
            (
                "TorchModuleWrapper", "",
                "JSON: unknown layer class, received: 'TorchModuleWrapper'; known are Activation, "
            ),
            ("Sequential", #""layers": []"#, "model 'it': the model has no layers"),
            ("Dense", "", "JSON: layer 'it': units must be a whole number of 32 bits, received: null"),
            ("Dense", #""units": "3""#, #"layer 'it': units must be a whole number of 32 bits, received: "3""#),
            ("Dense", #""units": 2.5"#, "layer 'it': units must be a whole number of 32 bits, received: 2.5"),
            ("Dense", #""units": 1e300"#, "layer 'it': units must be a whole number of 32 bits, received: 1e+300"),
            (
                "Dense", #""units": 9223372036854775807"#,
                "units must be a whole number of 32 bits, received: 9223372036854775807"
            ),
            ("Dense", #""units": 2147483647"#, "up to layer 'it' and one row of data need "),
            ("Dense", #""units": 3, "activation": "foo""#, #"layer 'it': activation must be one of celu, elu, "#),
            (
                "Dense", #""units": 3, "activation": {"class_name": "PReLU", "config": {}}"#,
                "activation must be the name of an activation"
            ),
            (
                "Dense", #""units": 3, "activation": {"class_name": "ELU", "config": {"alpha": [1]}}"#,
                "layer 'it': activation.alpha must be a number, received: [1]"
            ),
            (
                "Dense", #""units": 3, "kernel_initializer": {"class_name": "HeNormal", "config": {"scale": 3}}"#,
                "layer 'it': kernel_initializer.scale must be null, for it is not supported, received: 3"
            ),
            (
                "Dense", #""units": 3, "kernel_initializer": {"class_name": "Other"}"#,
                "must be an initializer of the class Constant, "
            ),
            (
                "Dense", #""units": 3, "kernel_regularizer": {"class_name": "Other", "config": {}}"#,
                "layer 'it': kernel_regularizer must be a regularizer of the class L1, L1L2, L2, OrthogonalRegularizer, received: {"
            ),
            (
                "Dense", #""units": 3, "kernel_regularizer": {"class_name": "L2", "config": {"l2": "much"}}"#,
                #"layer 'it': kernel_regularizer.l2 must be a number, received: "much""#
            ),
            (
                "Dense", #""units": 3, "kernel_constraint": "max""#,
                #"kernel_constraint must be the name of a constraint, or an object"#
            ),
            (
                "Dense", #""units": 3, "kernel_constraint": {"class_name": "MaxNorm", "config": {"axis": 2}}"#,
                "layer 'it': the axis of the constraint of its kernel must be from -2 to 1, received: 2"
            ),
            (
                "Dense", #""units": 3, "activity_regularizer": "l3""#,
                #"layer 'it': activity_regularizer must be the name of a regularizer, or an object with its class_name and config, received: "l3""#
            ),
            ("Dense", #""units": 3, "use_bias": null"#, "layer 'it': use_bias must be true or false, received: null"),
            ("Dense", #""units": 3, "trainable": "no""#, "layer 'it': trainable must be"),
            ("Dense", #""units": 3, "dtype": "int8""#, #"layer 'it': dtype must be float32, received: "int8""#),
            (
                "Dense", #""units": 3, "nonsense": 1"#,
                "layer 'it': nonsense must be null, for it is not supported, received: 1"
            ),
            (
                "Conv2D", #""filters": 3, "kernel_size": [3, 3], "groups": 2"#,
                "layer 'it': groups must be a divisor of the 2 channels and 3 filters, received: 2"
            ),
            (
                "Conv2D", #""filters": 3, "kernel_size": [3]"#,
                "kernel_size must be a whole number or two of them, received: [3]"
            ),
            (
                "Conv2D", #""filters": 3, "kernel_size": 3, "padding": "causal""#,
                #"padding must be "valid" or "same", received: "causal""#
            ),
            (
                "Conv2D", #""filters": 2147483647, "kernel_size": 2147483647, "padding": "same""#,
                "up to layer 'it' and one row of data need more bytes than can be counted"
            ),
            (
                "MaxPooling2D", pool + #", "data_format": "channels_middle""#,
                #"data_format must be "channels_last" or "channels_first", received: "channels_middle""#
            ),
            ("MaxPooling2D", #""pool_size": [0, 2]"#, "layer 'it': poolSize must be positive"),
            (
                "Dropout", #""rate": 0.5, "noise_shape": [1, 2]"#,
                "noiseShape must be nil for the batch, and nil or 1 for each of [8, 8, 2], received: [1, 2]"
            ),
            ("Dropout", #""rate": 2"#, "layer 'it': rate must be from 0 to 1"),
            (
                "Reshape", #""target_shape": [2147483647, 2147483647, 2147483647]"#,
                "layer 'it': the input must hold the elements"
            ),
            ("InputLayer", #""batch_shape": [null, 4]"#, "layer 'it' declares an input shape"),
            (
                "InputLayer", #""batch_shape": [null, "n"]"#,
                "batch_shape must be a shape of dimensions that are whole numbers, or null"
            ),
            (
                "InputLayer", #""batch_shape": [null, 4], "sparse": true"#,
                "layer 'it': sparse must be false, received: true"
            ),
        ] {
            let received = readingError(chain(className, arguments))
            #expect(
                received.hasPrefix("JSON: ") && received.contains(expected), "\(className) \(arguments): \(received)")
        }
    }

    @Test("connections that lead nowhere, around, or twice through one layer")
    func connections() {
        func branches(
            _ first: String, _ second: String, input: String = #"["in", 0, 0]"#, output: String = #"["b", 0, 0]"#
        ) -> String {
            func dense(_ name: String, _ nodes: String) -> String {
                #"{"class_name": "Dense", "name": "\#(name)", "config": {"units": 2, "name": "\#(name)"}, "inbound_nodes": \#(nodes)}"#
            }
            return
                #"{"class_name": "Functional", "config": {"name": "m", "layers": [{"class_name": "InputLayer", "name": "in", "config": "#
                + #"{"batch_shape": [null, 2]}, "inbound_nodes": []}, \#(dense("a", first)), \#(dense("b", second))], "#
                + #""input_layers": \#(input), "output_layers": \#(output)}}"#
        }
        let (fromInput, fromA) = (#"[[["in", 0, 0, {}]]]"#, #"[[["a", 0, 0, {}]]]"#)
        #expect(readingError(branches(fromInput, fromA)) == "no error")
        #expect(
            readingError(branches(fromInput, fromA, input: #"[["in", 0, 0]]"#, output: #"[["b", 0, 0]]"#)) == "no error"
        )
        for (text, expected) in [
            (branches(#"[[["b", 0, 0, {}]]]"#, fromA), "takes its own output, by way of other layers"),
            (branches(fromInput, #"[[["b", 0, 0, {}]]]"#), "layer 'b' takes its own output"),
            (branches(fromInput, #"[[["c", 0, 0, {}]]]"#), "layer 'b' takes the output of 'c', which does not exist"),
            (branches(fromInput, fromInput), "layer 'a' does not lie between the model's inputs and its outputs"),
            (branches("[]", fromA), "layer 'a' does not lie between"),
            (branches(#"[[["in", 0, 0]], [["in", 0, 0]]]"#, fromA), "layer 'a' does not lie between"),
            (branches(fromInput, #"[[["a", 1, 0, {}]]]"#), "layer 'b' takes the call 1 of 'a', which has 1"),
            (
                branches(fromInput, #"[[["a", 0, 1, {}]]]"#),
                "layer 'a' gives 1 output(s), received: the number 1, counted from 0"
            ),
            (branches(fromInput, #"[[["a", 0, 0, {}], ["in", 0, 0, {}]]]"#), "layer 'b' takes 1 input(s), received: 2"),
            (
                branches(fromInput, #"[[["a", 0, 0, {"mask": 1}]]]"#),
                "the argument mask = 1 in a call at layer 'b' is not supported"
            ),
            (
                branches(fromInput, #"[{"args": [1.5], "kwargs": {}}]"#),
                "layer 'b' takes 1.5, which is no layer's output"
            ),
            (branches(fromInput, #"[{"kwargs": {}}]"#), "the inbound_nodes of layer 'b' have no args"),
            (
                branches(fromInput, fromA, output: #"[["a", 0, 0], ["b", 0, 2]]"#),
                "layer 'b' gives 1 output(s), received: the number 2"
            ),
            (branches(fromInput, fromA, output: "[]"), "a model needs an output"),
            (branches(fromInput, fromA, input: #"[["in", 0, 0], ["in", 0, 0]]"#), "a model's inputs must differ"),
            (branches(fromInput, fromA, input: #"["a", 0, 0]"#), "layer 'in' does not lie between"),
            (branches(fromInput, fromA, output: #"["in", 0, 0]"#), "layer 'a' does not lie between"),
            (
                branches(fromInput, fromA).replacing(#""name": "b""#, with: #""name": "a""#),
                "layer names must differ, received 'a' twice"
            ),
            (branches(fromInput, fromA).replacing("InputLayer", with: "Flatten"), "batch_shape must be null"),
        ] {
            let received = readingError(text)
            #expect(received.hasPrefix("JSON: ") && received.contains(expected), "\(text): \(received)")
        }
    }
}

/// The error of reading a model from a text.
func readingError(_ text: String) -> String {
    do {
        _ = try Model.fromJSON(text)
        return "no error"
    } catch { return "\(error)" }
}
