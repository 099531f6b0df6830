module github.com/ringfold/ringfold/examples/go

go 1.19

require github.com/ringfold/ringfold/bindings/go v0.1.0

replace github.com/ringfold/ringfold/bindings/go => ../../bindings/go
