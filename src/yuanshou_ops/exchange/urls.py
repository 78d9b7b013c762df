from django.urls import path

from yuanshou_ops.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("template/<str:kind>/<str:form>", views.template, name="template"),
    path("send/<str:kind>", views.upload, name="upload"),
    path("i/<str:number>", views.import_, name="import"),
    path("i/<str:number>/confirm", views.confirm, name="confirm"),
    path("i/<str:number>/do", views.do_here, name="do_here"),
    path("i/<str:number>/drop", views.drop, name="drop"),
    path("i/<str:number>/errors.xlsx", views.errors, name="errors"),
]
